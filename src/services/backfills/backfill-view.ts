import type { temporal } from '@temporalio/proto';
import { backfillProgress, backfillRecord, nothingDone } from '../../domain/backfill/progress.js';
import type { BackfillStatus, BackfillView } from '../../domain/backfill/views.js';
import { memoKeys } from '../../domain/temporal-names.js';
import type { RunStatus } from '../../domain/views.js';
import type { Payloads } from '../payloads.js';
import { toRunSummary } from '../runs/run-summary.js';

type ExecutionInfo = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** A backfill from what visibility and describe both know of its workflow; undefined for a workflow that is none of ours. */
export async function toBackfillView(
  info: ExecutionInfo,
  payloads: Payloads,
): Promise<(BackfillView & { requestDigest: string | undefined }) | undefined> {
  const memo = await payloads.decodeMap(info.memo?.fields).catch((): Record<string, unknown> => ({}));
  const record = backfillRecord.safeParse(memo[memoKeys.backfill]).data;
  if (record === undefined) return undefined;
  const progress = backfillProgress.safeParse(memo[memoKeys.backfillProgress]).data ?? nothingDone;
  const { workflowId, runId, status, closeTime } = toRunSummary(info);
  const isOpen = status === 'running' || status === 'continuedAsNew' || status === 'paused';
  const { running, succeeded, failed, skipped, eta, paused, yieldingTo } = progress;
  const { requestDigest, createdAt, ...request } = record;
  return {
    id: workflowId,
    workflowId,
    runId,
    status: statusOf(status, paused !== undefined),
    ...request,
    started: running + succeeded + failed,
    running,
    succeeded,
    failed,
    skipped,
    eta: isOpen ? eta : null,
    startTime: createdAt,
    closeTime: isOpen ? null : closeTime,
    ...(isOpen && paused !== undefined ? { paused } : {}),
    ...(isOpen && yieldingTo !== undefined ? { yieldingTo } : {}),
    requestDigest,
  };
}

function statusOf(status: RunStatus, paused: boolean): BackfillStatus {
  if (status === 'running' || status === 'continuedAsNew') return paused ? 'paused' : 'running';
  return status;
}
