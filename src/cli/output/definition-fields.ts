import { defaultCatchupWindow, defaultOverlap } from '../../domain/definition/policies.js';
import { isStepsAction, type ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { specLines } from './spec-lines.js';

/** What a definition makes a schedule do, as `name  value` lines. */
export function definitionFields({ spec, policies, action }: ScheduleDefinition): (readonly [string, string])[] {
  const overlap = policies?.overlap ?? defaultOverlap;
  const catchup = policies?.catchupWindow ?? defaultCatchupWindow;
  const pause = policies?.pauseOnFailure ? ', paused when a run fails' : '';
  const does: (readonly [string, string])[] = isStepsAction(action)
    ? [...action.steps, ...(action.onFailure ?? []).map((step) => ({ ...step, id: `on failure: ${step.id}` }))].map(
        ({ id, uses }, index) => [index === 0 ? 'does' : '', `${id} (${uses})`],
      )
    : [['does', `workflow ${action.workflow}`]];
  return [
    ...specLines(spec).map((line, index) => [index === 0 ? 'fires' : '', line] as const),
    ['timezone', spec.timezone ?? 'UTC'],
    ['policies', `overlap ${overlap}, catchup window ${catchup}${pause}`],
    ...does,
  ];
}
