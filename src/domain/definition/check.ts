import type { ErrorDetail } from '../errors.js';
import { checkSpec } from '../spec/check-spec.js';
import { workflowRegistry } from '../workflow-registry.js';
import { type Fault, field, formatPath, isRecord, toDetail } from './fault.js';
import { explain, faultsOf } from './messages.js';
import { checkExpressions } from './references.js';
import { checkAction } from './rules/action.js';
import { checkSpecRules, usableSpec } from './rules/spec.js';
import { checkSteps } from './rules/steps.js';
import type { Workflows } from './rules/workflow-input.js';
import { type ScheduleDefinition, scheduleDefinition } from './schedule-definition.js';
import type { ScheduleSpec } from './spec.js';
import { anyStep } from './step.js';

export interface CheckOptions {
  /** The instant that counts as now for what is past or near; the clock's unless said. */
  now?: Date;
  /** The workflows that may be named; those of the registry unless said. */
  workflows?: Workflows;
}

/** A detail that still knows whether it is about a key or its value. */
export interface PlacedDetail extends ErrorDetail {
  atKey: boolean;
}

export interface CheckedDefinition {
  /** Present when there are no errors. */
  definition?: ScheduleDefinition;
  errors: PlacedDetail[];
  warnings: PlacedDetail[];
}

/** Largest definition, as compact JSON in UTF-8, with skip dates in place: it travels in the memo of every run. */
export const maxDefinitionBytes = 256 * 1024;
const maxDepth = 64;

/** Everything that is wrong or doubtful about a parsed JSON value as a schedule definition, all at once. */
export function checkDefinition(value: unknown, options: CheckOptions = {}): CheckedDefinition {
  if (isTooDeep(value)) return failed({ path: [], message: `nested deeper than ${maxDepth} levels` });
  const bytes = utf8Length(JSON.stringify(value) ?? '');
  if (bytes > maxDefinitionBytes) {
    const message = `too large: ${kib(bytes)} KiB as compact JSON, at most ${kib(maxDefinitionBytes)}; move data to S3 and name it by its key`;
    return failed({ path: [], message });
  }
  const workflows = options.workflows ?? workflowRegistry;
  const steps = checkSteps(value, workflows);
  const rules = [
    ...checkSpecRules(value),
    ...checkAction(value, workflows),
    ...steps.errors,
    ...checkExpressions(value),
  ];
  const parsed = parseExplained(withOneAction(value));
  const schema = parsed.success ? [] : faultsOf(parsed.error.issues, value, anyStep);
  const faulty = [...rules, ...schema].map((fault) => formatPath(fault.path));
  const spec = checkFields(parsed.success ? parsed.data.spec : usableSpec(value), options.now, faulty);
  // One message a place: a rule knows more than the schema, and the schema more than the check of single fields.
  const errors = firstOfEachPlace([rules, schema.filter((fault) => !isActionMissing(value, fault)), spec.errors]);
  const warnings = [...steps.warnings, ...spec.warnings];
  return {
    ...(parsed.success && errors.length === 0 ? { definition: parsed.data } : {}),
    errors: errors.map(placed),
    warnings: warnings.map(placed),
  };
}

/** Messages are made only where there are faults: alternatives that do not fit would each get theirs. */
function parseExplained(value: unknown) {
  const parsed = scheduleDefinition.safeParse(value);
  return parsed.success ? parsed : scheduleDefinition.safeParse(value, { error: explain });
}

function failed(fault: Fault): CheckedDefinition {
  return { errors: [placed(fault)], warnings: [] };
}

function placed(fault: Fault | PlacedDetail): PlacedDetail {
  return typeof fault.path === 'string'
    ? (fault as PlacedDetail)
    : { ...toDetail(fault as Fault), atKey: fault.atKey ?? false };
}

function firstOfEachPlace(groups: (Fault | PlacedDetail)[][]): (Fault | PlacedDetail)[] {
  const taken = new Set<string>();
  return groups.flatMap((group) => {
    const fresh = group.filter((fault) => !taken.has(pathOf(fault)));
    for (const fault of fresh) taken.add(pathOf(fault));
    return fresh;
  });
}

function pathOf(fault: Fault | PlacedDetail): string {
  return typeof fault.path === 'string' ? fault.path : formatPath(fault.path);
}

/** Faults of cron and calendar fields, as far as the spec can be read. */
function checkFields(
  spec: ScheduleSpec | undefined,
  now: Date | undefined,
  faulty: readonly string[],
): { errors: PlacedDetail[]; warnings: PlacedDetail[] } {
  if (spec === undefined) return { errors: [], warnings: [] };
  const { errors, warnings } = checkSpec(spec, now);
  const inSpec = (detail: ErrorDetail): PlacedDetail => {
    const joint = detail.path === '' || detail.path.startsWith('[') ? '' : '.';
    return { ...detail, path: `spec${joint}${detail.path}`, atKey: false };
  };
  // What has a fault inside is not judged as a whole: neither a spec (does it ever fire?) nor an entry of it.
  const isJudged = (detail: ErrorDetail) => !faulty.some((path) => path.startsWith(detail.path));
  return { errors: errors.map(inSpec).filter(isJudged), warnings: warnings.map(inSpec).filter(isJudged) };
}

/** With both kinds of action given, the steps are checked: the rule for actions has its own message. */
function withOneAction(value: unknown): unknown {
  const action = field(value, 'action');
  if (!isRecord(value) || !isRecord(action)) return value;
  if (action.steps === undefined || action.workflow === undefined) return value;
  const { workflow: _, ...rest } = action;
  return { ...value, action: rest };
}

function isActionMissing(value: unknown, fault: Fault): boolean {
  const action = field(value, 'action');
  if (!isRecord(action) || action.steps !== undefined || action.workflow !== undefined) return false;
  return ['action.steps', 'action.workflow'].includes(formatPath(fault.path));
}

/** @param left levels that may be below the value */
function isTooDeep(value: unknown, left = maxDepth): boolean {
  if (left < 0) return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const item of Object.values(value)) if (isTooDeep(item, left - 1)) return true;
  return false;
}

/** Bytes of a text in UTF-8; for what is small anyway, as many as it has at most. */
function utf8Length(text: string): number {
  const atMost = text.length * 3;
  return atMost <= maxDefinitionBytes ? atMost : new TextEncoder().encode(text).length;
}

function kib(bytes: number): string {
  return (Math.ceil((bytes / 1024) * 10) / 10).toString();
}
