import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Progress } from '../domain/steps/registry.js';

/** How often the details of a heartbeat are renewed; the SDK sends them less often when it throttles. */
const renewalMs = 1000;

/**
 * Progress of the running activity. `add` is one addition, so it may stand in the hottest loop; a timer makes heartbeats of
 * it. The timer also beats while nothing moves, because a cancellation reaches an activity only through its heartbeats
 * (DESIGN §7): whoever waits for something outside sets a limit to that wait.
 */
export class ProgressReporter {
  #done = 0;
  #resumed = 0;
  #total: number | undefined;
  #objects: Progress['objects'];
  #message: string | undefined;
  readonly #startedAt = performance.now();

  constructor(readonly unit: string) {}

  /** Counts units that this attempt has worked through. */
  add(units: number): void {
    this.#done += units;
  }

  /** Counts units that were there already: done, but nothing to judge the rate by. */
  addResumed(units: number): void {
    this.#done += units;
    this.#resumed += units;
  }

  setTotal(units: number): void {
    this.#total = units;
  }

  /** Objects that are done, and all of them once that is known. */
  setObjects(done: number, total: number | undefined): void {
    this.#objects = total === undefined ? { done } : { done, total: Math.max(total, done) };
  }

  /** A short text for people: what is being worked on. */
  setMessage(message: string): void {
    this.#message = message;
  }

  snapshot(now = performance.now()): Progress {
    const seconds = (now - this.#startedAt) / 1000;
    return {
      done: this.#done,
      // A source that grows while it is read must not show more than all of it.
      ...(this.#total === undefined ? {} : { total: Math.max(this.#total, this.#done) }),
      unit: this.unit,
      ...(seconds > 0 ? { rate: Math.round((this.#done - this.#resumed) / seconds) } : {}),
      ...(this.#objects === undefined ? {} : { objects: this.#objects }),
      ...(this.#message === undefined ? {} : { message: this.#message }),
    };
  }
}

/**
 * Runs `work` with a progress reporter whose snapshots are heartbeated: at once, every second, and at the end. `signal` aborts
 * when the activity is cancelled, times out or its worker shuts down, and that is then how the activity ends.
 * @throws CancelledFailure; ApplicationFailure WorkerShutdown (retryable), with which another worker takes over.
 */
export async function withProgress<T>(
  unit: string,
  work: (progress: ProgressReporter, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const progress = new ProgressReporter(unit);
  const beat = () => context.heartbeat(progress.snapshot());
  const timer = setInterval(beat, Math.min(renewalMs, (context.info.heartbeatTimeoutMs ?? Infinity) / 3));
  // Every request under way listens to it.
  setMaxListeners(Infinity, context.cancellationSignal);
  try {
    beat();
    const result = await work(progress, context.cancellationSignal);
    beat();
    return result;
  } catch (error) {
    // What an aborted call throws says less than why it was aborted.
    throw context.cancellationSignal.aborted ? whyAborted(context) : error;
  } finally {
    clearInterval(timer);
  }
}

/** Is there to be another attempt of the running activity after this failure? Not when it can't be retried, nor after the last. */
export function mayBeTriedAgain(error: unknown): boolean {
  if (error instanceof ApplicationFailure && error.nonRetryable) return false;
  const { info } = Context.current();
  const most = info.retryPolicy?.maximumAttempts ?? 0;
  return most === 0 || info.attempt < most;
}

/**
 * Will another attempt of the running activity go on with what this one leaves? Not after a cancellation or the end of its
 * workflow, nor after a failure that can't be retried.
 */
export async function isGoneOnWith(error: unknown): Promise<boolean> {
  const context = Context.current();
  if (!context.cancellationSignal.aborted) return mayBeTriedAgain(error);
  const why = context.cancellationDetails;
  if (why?.cancelRequested) return false;
  if (why?.notFound || why?.timedOut) return isStillWanted(context);
  // A shutdown counts as an attempt.
  return mayBeTriedAgain(undefined);
}

const askingMs = 5_000;

/**
 * A heartbeat of an attempt that Temporal does not know any more says only that: the run may be over, or the attempt was silent for too
 * long, by no fault of its own, and another is on its way or at work already, whose parts must not be taken away from under it.
 */
async function isStillWanted(context: Context): Promise<boolean> {
  try {
    const { client, info } = context;
    const { workflowExecution } = info;
    if (workflowExecution === undefined) return true;
    const handle = client.workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId);
    const { status, raw } = await client.withDeadline(Date.now() + askingMs, () => handle.describe());
    return status.name === 'RUNNING' && (raw.pendingActivities ?? []).some((one) => one.activityId === info.activityId);
  } catch (error) {
    // Not to be told now: the next attempt takes it over, or the sweep of a later run.
    return !(error instanceof WorkflowNotFoundError);
  }
}

/** A shutdown is nobody's wish to cancel the step: as a failure that can be retried it goes to another worker at once. */
function whyAborted({ cancellationDetails, cancellationSignal }: Context): unknown {
  return cancellationDetails?.workerShutdown && !cancellationDetails.cancelRequested
    ? ApplicationFailure.retryable('the worker was shut down in the middle of the step', 'WorkerShutdown')
    : cancellationSignal.reason;
}
