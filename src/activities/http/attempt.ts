import { Context } from '@temporalio/activity';

/** Longest time of one request, when the step gives it more. */
const longestRequestMs = 30_000;
/** What is left for telling Temporal before the attempt times out. */
const reserveMs = 500;

/** The running attempt of an activity, as outgoing requests see it: call it first, the attempt's own time starts here. */
export function currentAttempt() {
  const { info, cancellationSignal: signal } = Context.current();
  const attemptEnds = Date.now() + (info.startToCloseTimeoutMs || Number.POSITIVE_INFINITY);
  const left = Math.min(attemptEnds, scheduleToCloseDeadline()) - Date.now() - reserveMs;
  return { info, signal, timeoutMs: Math.max(1, Math.min(longestRequestMs, left)) };
}

/** Milliseconds since the epoch at which the step ends whatever happens. */
export function scheduleToCloseDeadline(): number {
  const { info } = Context.current();
  return info.scheduledTimestampMs + (info.scheduleToCloseTimeoutMs || Number.POSITIVE_INFINITY);
}

/** Beats while our own work is going on, for a step that has a heartbeat timeout; what was reported before is kept. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const { heartbeatTimeoutMs, heartbeatDetails } = context.info;
  if (!heartbeatTimeoutMs) return work();
  const timer = setInterval(() => context.heartbeat(heartbeatDetails), heartbeatTimeoutMs / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
