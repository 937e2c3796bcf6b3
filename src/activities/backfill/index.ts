import { ApplicationFailure, Context } from '@temporalio/activity';
import type { BackfillActivities, SlotRuns } from '../../domain/backfill/activities.js';
import { AlmanacError } from '../../domain/errors.js';
import type { ActivityDependencies } from '../dependencies.js';

/** One wait ends a little before Temporal would take it for lost; the workflow then waits again. */
const longestWaitMs = 50 * 60_000;

/**
 * Starts and watches the runs of a backfill.
 *
 * Failures: the code of the AlmanacError, not retryable where nothing can change by itself, as for a deleted schedule.
 */
export function createBackfillActivities({ slotRuns }: Pick<ActivityDependencies, 'slotRuns'>): BackfillActivities {
  return {
    'backfill.start': (request) => withFailures(() => given(slotRuns).start(request)),
    'backfill.wait': (runs) => beating((signal) => withFailures(() => given(slotRuns).firstEnded(runs, signal))),
    'backfill.cancelRuns': (runs, reason) => withFailures(() => given(slotRuns).cancel(runs, reason)),
  };
}

function given(slotRuns: SlotRuns | undefined): SlotRuns {
  if (slotRuns !== undefined) return slotRuns;
  throw new AlmanacError('internal', 'this worker has no client for backfills');
}

/** Heartbeats while it waits, because a cancellation comes by their answers. A worker that stops hands over at once. */
async function beating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const enough = new AbortController();
  const stop = () => enough.abort();
  const timers = [setInterval(() => context.heartbeat(), 2_000), setTimeout(stop, longestWaitMs)];
  cancellationSignal.addEventListener('abort', stop);
  if (cancellationSignal.aborted) stop();
  try {
    const result = await work(enough.signal);
    const { workerShutdown, cancelRequested } = context.cancellationDetails ?? {};
    if (workerShutdown && !cancelRequested) {
      throw ApplicationFailure.create({
        message: 'the worker was shut down while it waited for runs',
        type: 'WorkerShutdown',
        nextRetryDelay: 100,
      });
    }
    return result;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    cancellationSignal.removeEventListener('abort', stop);
  }
}

async function withFailures<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !error.retryable,
      cause: error,
    });
  }
}
