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
/** And those that began before a step was swept which had been cancelled between two attempts. */
const betweenPatch = 's3-sweep-between-attempts';
/** The step has failed already; what holds its end up is that nobody is there to sweep, and so to do anything else. */
const patienceMs = 60_000;
const attemptMs = 30_000;

/** What the server gives as the details of the cancellation of an activity that no worker had (service/history/workflow). */
const notStarted = 'ACTIVITY_ID_NOT_STARTED';

/**
 * Sees to it that an S3 step which fails leaves no upload open. An attempt that learns of its end clears up by itself; one whose worker
 * was lost, or that thought another would follow, does not.
 */
export function sweepAfter(stepId: string, pending: Promise<unknown>, target: SweepCall['target']): Promise<unknown> {
  return pending.catch((error: unknown) => {
    if (!leavesSomething(error)) throw error;
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

function leavesSomething(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause, retryState } = error;
  if (cause instanceof CancelledFailure) return cause.details.includes(notStarted) && patched(betweenPatch);
  if (cause instanceof ApplicationFailure) {
    if (cause.nonRetryable === true || retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED) return false;
  }
  return patched(patch);
}
