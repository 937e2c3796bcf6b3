import { field, listOf, type Path } from './fault.js';

/** A step of a definition that may not have parsed, and where it stands. */
export interface PlacedStep {
  value: unknown;
  path: Path;
  list: 'steps' | 'onFailure';
  /** Place in the order in which steps run; `onFailure` comes after all others. */
  order: number;
  /** Undefined when it is missing or no text. */
  id: string | undefined;
  uses: unknown;
}

/** All steps of a definition in the order in which they run. */
export function stepsOf(definition: unknown): PlacedStep[] {
  const action = field(definition, 'action');
  const lists = ['steps', 'onFailure'] as const;
  return lists
    .flatMap((list) =>
      listOf(field(action, list)).map((value, index) => ({ value, list, path: ['action', list, index] as Path })),
    )
    .map((step, order) => {
      const id = field(step.value, 'id');
      return { ...step, order, id: typeof id === 'string' ? id : undefined, uses: field(step.value, 'uses') };
    });
}
