import { z } from 'zod';
import { type Fault, field, isRecord, listOf, type Path } from './definition/fault.js';
import { explain, faultsOf } from './definition/messages.js';
import { stepsOf } from './definition/placed-step.js';
import { checkWorkflowInput } from './definition/rules/workflow-input.js';
import { stepKinds } from './steps/registry.js';
import { type RegisteredWorkflow, workflowRegistry } from './workflow-registry.js';

/**
 * What a worker can run, as data that its image carries: a deploy holds the schedules against it, so that none names what the
 * workers lack.
 */
export const workerManifest = z.strictObject({
  format: z.literal(1),
  /** Registered workflows by name, with the JSON Schema of their input. */
  workflows: z.record(z.string(), z.strictObject({ input: z.record(z.string(), z.unknown()) })),
  /** Step kinds by the name in `uses`, with the JSON Schema of `with` as it stands in a file. */
  steps: z.record(z.string(), z.strictObject({ with: z.record(z.string(), z.unknown()) })),
});
export type WorkerManifest = z.output<typeof workerManifest>;

/** The manifest of a worker that is built from these sources. */
export function manifestOfSources(): WorkerManifest {
  return {
    format: 1,
    workflows: mapValues(workflowRegistry, ({ input }) => ({ input: jsonSchema(input) })),
    steps: mapValues(stepKinds, (kind) => ({ with: jsonSchema(kind.file) })),
  };
}

/** The text of the file in the image. */
export function manifestText(manifest: WorkerManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * What a definition, as JSON, asks of a worker and the manifest lacks: workflows, step kinds, and inputs that are other than its
 * schemas say. Workflows of other applications (`external`) run elsewhere.
 */
export function manifestChecker(manifest: WorkerManifest): (definition: unknown) => Fault[] {
  const workflows = mapValues(
    manifest.workflows,
    ({ input }): RegisteredWorkflow => ({ description: '', input: checkOf(input) }),
  );
  const steps = mapValues(manifest.steps, (kind) => checkOf(kind.with));
  const workflowFaults = (holder: unknown, key: string, path: Path): Fault[] => {
    const name = field(holder, key);
    if (typeof name === 'string' && !name.startsWith('{%') && !Object.hasOwn(workflows, name)) {
      return [{ path: [...path, key], message: lacks('workflow', name, workflows), value: name }];
    }
    const input = field(holder, 'input');
    return checkWorkflowInput(name, [...path, key], input, [...path, 'input'], workflows).map(ofImage);
  };
  const stepFaults = ({ value, path, uses }: ReturnType<typeof stepsOf>[number]): Fault[] => {
    if (typeof uses !== 'string') return [];
    const schema = Object.hasOwn(steps, uses) ? steps[uses] : undefined;
    if (schema === undefined) {
      return [{ path: [...path, 'uses'], message: lacks('step kind', uses, steps), value: uses }];
    }
    const given = field(value, 'with');
    if (uses === 'workflow') return workflowFaults(given, 'name', [...path, 'with']);
    const parsed = schema.safeParse(given, { error: explain });
    if (parsed.success) return [];
    return faultsOf(parsed.error.issues, given).map((fault) =>
      ofImage({ ...fault, path: [...path, 'with', ...fault.path] }),
    );
  };
  return (definition) => {
    const action = field(definition, 'action');
    const isOwn = isRecord(action) && action.workflow !== undefined && action.external === undefined;
    return [
      ...(isOwn ? workflowFaults(action, 'workflow', ['action']) : []),
      ...stepsOf(definition).flatMap(stepFaults),
    ];
  };
}

function lacks(what: string, name: string, known: object): string {
  const names = Object.keys(known);
  const list = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  return `the image of the workers has no ${what} "${name}" (${list}): deploy it with an image that has`;
}

function ofImage(fault: Fault): Fault {
  return { ...fault, message: `${fault.message}, by the image of the workers` };
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, '~standard': __, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function checkOf(schema: Record<string, unknown>): z.ZodType {
  return z.fromJSONSchema(withoutKeyChoices(schema) as Record<string, unknown>);
}

/** Choices between keys (`eitherKey`) are left out: zod would take each for a schema of all that there is. */
function withoutKeyChoices(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutKeyChoices);
  if (!isRecord(node)) return node;
  const isChoice = (key: string, value: unknown) =>
    key === 'oneOf' && listOf(value).every((one) => isRecord(one) && Object.keys(one).join() === 'required');
  const kept = Object.entries(node).filter(([key, value]) => !isChoice(key, value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutKeyChoices(value)]));
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
