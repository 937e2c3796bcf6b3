import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  patched,
  proxyActivities,
} from '@temporalio/workflow';
import { type SweepActivities, type SweepCall, sweepActivity, sweepActivityId } from '../../domain/steps/s3-sweep.js';

/** Runs that began before there was a sweep replay without it. */
const patch = 's3-sweep';
/** The step has failed already; what holds its end up is that nobody is there to sweep, and so to do anything else. */
const patienceMs = 60_000;
const attemptMs = 30_000;

/**
 * Sees to it that an S3 step which fails leaves no upload open. An attempt that learns of its end clears up by itself; one whose worker
 * was lost, or that thought another would follow, does not.
 */
export function sweepAfter(stepId: string, pending: Promise<unknown>, target: SweepCall['target']): Promise<unknown> {
  return pending.catch((error: unknown) => {
    if (hasClearedUp(error) || !patched(patch)) throw error;
    const { [sweepActivity]: sweep } = proxyActivities<SweepActivities>({
      activityId: sweepActivityId(stepId),
      summary: `sweep after ${stepId}`,
      scheduleToCloseTimeout: patienceMs,
      startToCloseTimeout: attemptMs,
    });
    const rethrow = () => {
      throw error;
    };
    return CancellationScope.nonCancellable(() => sweep({ target })).then(rethrow, rethrow);
  });
}

function hasClearedUp(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || error.cause instanceof CancelledFailure) return true;
  if (!(error.cause instanceof ApplicationFailure)) return false;
  return error.cause.nonRetryable === true || error.retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
}
