import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { formatPath, type Path } from '../../domain/definition/fault.js';
import type { ExportGap } from '../../domain/export/export-view.js';
import { memoKeys, searchAttributes as ourAttributes } from '../../domain/temporal-names.js';
import type { Payloads } from '../payloads.js';
import { payloadJson } from './live-payload.js';

type NewWorkflow = temporal.api.workflow.v1.INewWorkflowExecutionInfo;
type Fields = Record<string, Payload> | null | undefined;

/** What an action starts, as far as a definition can say it: two that are deeply equal start the same. */
export interface LiveAction {
  workflow: string;
  workflowId: string;
  taskQueue: string;
  arguments: unknown[];
  memo: Record<string, unknown>;
  searchAttributes: Record<string, unknown>;
  /** Milliseconds, as all that follow; absent where the server's own counts. */
  runTimeout?: number;
  executionTimeout?: number;
  taskTimeout?: number;
  retry?: LiveRetry;
}

export interface LiveRetry {
  maximumAttempts?: number;
  initialInterval?: number;
  backoff?: number;
  maximumInterval?: number;
  nonRetryable?: string[];
}

/** The server's own workflow task timeout: sent or not, it is the same. */
const defaultTaskTimeoutMs = 10_000;

/** Reads an action; what a definition can't say is added to the gaps. */
export async function readAction(action: NewWorkflow, payloads: Payloads, gaps: ExportGap[]): Promise<LiveAction> {
  const lost = (path: Path, message: string) => gaps.push({ path: formatPath(path), message, kept: false });
  const values = async (fields: [string | number, Payload][], base: Path) => {
    const read: [string | number, unknown][] = [];
    for (const [key, payload] of fields) {
      const value = await payloadJson(payloads, payload);
      if ('json' in value) read.push([key, value.json]);
      else lost([...base, key], value.problem);
    }
    return read;
  };
  const inputs = await values([...(action.input?.payloads ?? []).entries()], ['action', 'arguments']);
  const memo = await values(foreignEntries(action.memo?.fields, Object.values(memoKeys)), ['action', 'memo']);
  if (Object.keys(action.header?.fields ?? {}).length > 0) lost(['action', 'header'], 'a file has no headers');
  // An SDK that updates a schedule sends an empty one.
  if (Object.values(action.priority ?? {}).some(Boolean))
    lost(['action', 'priority'], 'a file has no priority or fairness');
  if (action.versioningOverride) lost(['action', 'versioningOverride'], 'a file has no versioning override');
  if (action.cronSchedule) lost(['action', 'cronSchedule'], 'a file has no cron inside its action: use spec.cron');
  return {
    workflow: action.workflowType?.name ?? '',
    workflowId: action.workflowId ?? '',
    taskQueue: action.taskQueue?.name ?? '',
    arguments: inputs.map(([, value]) => value),
    memo: Object.fromEntries(memo),
    searchAttributes: readSearchAttributes(action.searchAttributes?.indexedFields, lost),
    ...present('runTimeout', optionalTsToMs(action.workflowRunTimeout) || undefined),
    ...present('executionTimeout', optionalTsToMs(action.workflowExecutionTimeout) || undefined),
    ...present('taskTimeout', taskTimeout(optionalTsToMs(action.workflowTaskTimeout))),
    ...present('retry', action.retryPolicy ? readRetry(action.retryPolicy) : undefined),
  };
}

/** In the order of their names: the server has none, and a file should not change from one export to the next. */
function foreignEntries(fields: Fields, ours: readonly string[]): [string, Payload][] {
  return Object.entries(fields ?? {})
    .filter(([name]) => !ours.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function readSearchAttributes(fields: Fields, lost: (path: Path, message: string) => void): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, payload] of foreignEntries(fields, Object.keys(ourAttributes))) {
    const value: unknown = defaultPayloadConverter.fromPayload(payload);
    if (/^(?:Temporal|Almanac)/.test(name)) lost(['action', 'searchAttributes', name], 'the name is taken by Temporal');
    else read[name] = value;
  }
  return read;
}

function taskTimeout(ms: number | undefined): number | undefined {
  return ms === undefined || ms === 0 || ms === defaultTaskTimeoutMs ? undefined : ms;
}

function readRetry(policy: temporal.api.common.v1.IRetryPolicy): LiveRetry {
  return {
    ...present('maximumAttempts', policy.maximumAttempts || undefined),
    ...present('initialInterval', optionalTsToMs(policy.initialInterval)),
    ...present('backoff', policy.backoffCoefficient || undefined),
    ...present('maximumInterval', optionalTsToMs(policy.maximumInterval)),
    ...present('nonRetryable', policy.nonRetryableErrorTypes?.length ? policy.nonRetryableErrorTypes : undefined),
  };
}

/** A key only where there is a value. */
export function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
