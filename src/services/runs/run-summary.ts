import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import protos, { type temporal } from '@temporalio/proto';
import type { RunStatus, RunSummaryView } from '../../domain/views.js';
import { instantOf, keywordOf } from '../payloads.js';

type ExecutionInfo = temporal.api.workflow.v1.IWorkflowExecutionInfo;
const Status = protos.temporal.api.enums.v1.WorkflowExecutionStatus;

const statusNames: Readonly<Partial<Record<number, RunStatus>>> = {
  [Status.WORKFLOW_EXECUTION_STATUS_RUNNING]: 'running',
  [Status.WORKFLOW_EXECUTION_STATUS_COMPLETED]: 'completed',
  [Status.WORKFLOW_EXECUTION_STATUS_FAILED]: 'failed',
  [Status.WORKFLOW_EXECUTION_STATUS_CANCELED]: 'canceled',
  [Status.WORKFLOW_EXECUTION_STATUS_TERMINATED]: 'terminated',
  [Status.WORKFLOW_EXECUTION_STATUS_TIMED_OUT]: 'timedOut',
  [Status.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW]: 'continuedAsNew',
  [Status.WORKFLOW_EXECUTION_STATUS_PAUSED]: 'paused',
};

/** Values of `ExecutionStatus` in a visibility query. */
export const statusQueryNames: Readonly<Record<RunStatus, string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  terminated: 'Terminated',
  timedOut: 'TimedOut',
  continuedAsNew: 'ContinuedAsNew',
  paused: 'Paused',
};

/** Undefined where the server does not say. */
export function runStatusOf(status: number | null | undefined): RunStatus | undefined {
  return statusNames[status ?? 0];
}

/** What visibility and describe both know of a run. */
export function toRunSummary(info: ExecutionInfo): RunSummaryView {
  const fields = info.searchAttributes?.indexedFields;
  const byServer = keywordOf(fields, 'TemporalScheduledById');
  const trigger = triggerOf(keywordOf(fields, 'AlmanacTrigger')) ?? (byServer === undefined ? undefined : 'schedule');
  const backfillId = keywordOf(fields, 'AlmanacBackfillId');
  return {
    workflowId: info.execution?.workflowId ?? '',
    runId: info.execution?.runId ?? '',
    status: runStatusOf(info.status) ?? 'running',
    scheduleId: keywordOf(fields, 'AlmanacScheduleId') ?? byServer ?? null,
    scheduledTime: instantOf(fields, 'TemporalScheduledStartTime') ?? null,
    ...(backfillId === undefined ? {} : { backfillId }),
    ...(trigger === undefined ? {} : { trigger }),
    startTime: optionalTsToDate(info.startTime)?.toISOString() ?? new Date(0).toISOString(),
    closeTime: optionalTsToDate(info.closeTime)?.toISOString() ?? null,
  };
}

function triggerOf(text: string | undefined): RunSummaryView['trigger'] {
  return text === 'schedule' || text === 'manual' || text === 'backfill' ? text : undefined;
}
