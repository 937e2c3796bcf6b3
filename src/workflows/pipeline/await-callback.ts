import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  patched,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { NoticeReason } from '../../domain/callback/notice.js';

/** How long a cancelled run waits for an external system to acknowledge, and its notice to be taken. */
const cancelGraceMs = 10_000;
/** How long a partner is told of a step that timed out: the run goes on meanwhile, but does not end before. */
const timeoutNoticeMs = 30_000;

/** Tells the partner of the step. */
export type Notify = (reason: NoticeReason, withinMs: number) => void;

/**
 * Waits for the activity of a callback, and sees to it that the partner learns when nobody waits any more: because the run
 * was cancelled, the step timed out, or the run is about to.
 */
export async function awaitCallback(pending: Promise<unknown>, stepEndsAt: number, notify: Notify): Promise<unknown> {
  const runEnd = new CancellationScope();
  runEnd
    .run(() => beforeRunTimeout(stepEndsAt))
    .then(
      (withinMs) => withinMs !== undefined && notify('timeout', withinMs),
      () => undefined,
    );
  try {
    return await withCancelGrace(pending, () => notify('cancelled', cancelGraceMs));
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) notify('timeout', timeoutNoticeMs);
    throw error;
  } finally {
    runEnd.cancel();
  }
}

/** A cancelled callback waits for the external system to acknowledge, but not for long: it may never do so. */
export async function withCancelGrace(pending: Promise<unknown>, cancelled?: () => void): Promise<unknown> {
  let settled = false;
  const grace = CancellationScope.current().cancelRequested.catch(async (error: unknown) => {
    // The scope may be cancelled long after this step ended: then nobody waits for the grace period.
    if (settled) return;
    cancelled?.();
    await CancellationScope.nonCancellable(() => sleep(cancelGraceMs, { summary: 'cancellation grace' }));
    throw isCancellation(error) ? error : new CancelledFailure('cancelled');
  });
  // Whichever loses the race may still reject.
  for (const promise of [pending, grace]) promise.catch(() => undefined);
  try {
    return await Promise.race([pending, grace]);
  } finally {
    settled = true;
  }
}

/**
 * A run that times out is ended by the server without a word to its workflow, so the notice has to go out a little before.
 * Resolves then, with the milliseconds that are left; at once, with nothing, when the step ends before its run in any case.
 */
async function beforeRunTimeout(stepEndsAt: number): Promise<number | undefined> {
  const { runTimeoutMs, runStartTime } = workflowInfo();
  if (!runTimeoutMs || !patched('callback-run-timeout-notice')) return undefined;
  const marginMs = Math.min(cancelGraceMs, Math.floor(runTimeoutMs / 5));
  const noticeAt = runStartTime.getTime() + runTimeoutMs - marginMs;
  if (noticeAt >= stepEndsAt) return undefined;
  await sleep(Math.max(noticeAt - Date.now(), 1), { summary: 'notice before the run times out' });
  return marginMs;
}
