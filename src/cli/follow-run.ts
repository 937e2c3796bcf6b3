import { setTimeout as sleep } from 'node:timers/promises';
import { AlmanacError } from '../domain/errors.js';
import type { RunView } from '../domain/views.js';
import type { Backend } from './backend/backend.js';
import type { Reporter } from './watch.js';

interface FollowOptions {
  workflowId: string;
  runId: string | undefined;
  /** Ends the watching, not the run. */
  signal: AbortSignal;
  /** A run just triggered may not be visible at once: so long is it waited for. Milliseconds. */
  appearsWithinMs?: number;
  now(): number;
}

/** Between two looks. */
export const pollMs = 500;
/** A server that restarts is back by then. */
export const patienceMs = 60_000;

/**
 * Looks at a run again and again until it has ended. The run id is pinned at the first look, so that a later run of the
 * same workflow id is not taken for this one; a run that continued as new is followed into the next.
 *
 * @returns the run as it ended, or undefined when the signal came first
 */
export async function followRun(
  backend: Backend,
  reporter: Reporter<RunView>,
  options: FollowOptions,
): Promise<RunView | undefined> {
  const { workflowId, signal, now } = options;
  let { runId } = options;
  let answeredAt = now();
  let seen = false;
  const interrupted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  while (!signal.aborted) {
    const look = await Promise.race([lookAt(backend, workflowId, runId), interrupted]);
    if (look === undefined) return undefined;
    if (look instanceof AlmanacError) {
      const isLate = !seen && look.code === 'not-found' && now() - answeredAt < (options.appearsWithinMs ?? 0);
      if (!isLate && !(look.retryable && now() - answeredAt < patienceMs)) throw look;
      if (!isLate) reporter.trouble(look);
    } else {
      answeredAt = now();
      seen = true;
      runId = look.status === 'continuedAsNew' ? undefined : look.runId;
      reporter.update(look);
      if (look.closeTime !== null && look.status !== 'continuedAsNew') return look;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

async function lookAt(
  backend: Backend,
  workflowId: string,
  runId: string | undefined,
): Promise<RunView | AlmanacError> {
  try {
    return await backend.getRun(workflowId, runId);
  } catch (error) {
    if (error instanceof AlmanacError) return error;
    throw error;
  }
}
