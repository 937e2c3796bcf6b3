import { optionalTsToDate, optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { RunEvent } from '../../domain/runs/run-facts.js';
import type { Payloads } from '../payloads.js';
import { failureToStepError } from './failure-to-step-error.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;

/**
 * The events of a history that say something of steps. A step is an activity whose id is the step's, a timer whose
 * summary is, or a child workflow `<workflow id>/<step id>`.
 */
export async function runEvents(
  workflowId: string,
  history: readonly HistoryEvent[],
  payloads: Payloads,
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (const event of history) {
    const found = await runEvent(workflowId, event, payloads);
    if (found !== undefined) events.push(found);
  }
  return events;
}

async function runEvent(workflowId: string, event: HistoryEvent, payloads: Payloads): Promise<RunEvent | undefined> {
  const time = optionalTsToDate(event.eventTime)?.toISOString() ?? '';
  return (
    (await opened(workflowId, event, time, payloads)) ?? started(event, time) ?? (await closed(event, time, payloads))
  );
}

async function opened(
  workflowId: string,
  event: HistoryEvent,
  time: string,
  payloads: Payloads,
): Promise<RunEvent | undefined> {
  const id = Number(event.eventId);
  const activity = event.activityTaskScheduledEventAttributes;
  if (activity) {
    const timeoutMs = optionalTsToMs(activity.scheduleToCloseTimeout);
    return {
      type: 'opened',
      time,
      event: id,
      stepId: activity.activityId ?? '',
      uses: activity.activityType?.name ?? '',
      ...(timeoutMs ? { timeoutMs } : {}),
    };
  }
  if (event.timerStartedEventAttributes) {
    const summary = event.userMetadata?.summary;
    const stepId = summary ? await payloads.decodeFirst([summary]) : undefined;
    return typeof stepId === 'string' ? { type: 'opened', time, event: id, stepId, uses: 'wait' } : undefined;
  }
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (!child) return undefined;
  const childId = child.workflowId ?? '';
  const stepId = childId.startsWith(`${workflowId}/`) ? childId.slice(workflowId.length + 1) : childId;
  return { type: 'opened', time, event: id, stepId, uses: 'workflow' };
}

function started(event: HistoryEvent, time: string): RunEvent | undefined {
  const activity = event.activityTaskStartedEventAttributes;
  if (activity)
    return { type: 'started', time, event: Number(activity.scheduledEventId), attempt: activity.attempt ?? 1 };
  const child = event.childWorkflowExecutionStartedEventAttributes;
  if (child) return { type: 'started', time, event: Number(child.initiatedEventId), attempt: 1 };
  return undefined;
}

async function closed(event: HistoryEvent, time: string, payloads: Payloads): Promise<RunEvent | undefined> {
  const success = succeededAttributes(event);
  if (success !== undefined) {
    // A result in external storage that this process can't read is no reason to hide the run.
    const output = await payloads.decodeFirst(success.result?.payloads).catch(() => undefined);
    return { type: 'closed', time, event: success.event, outcome: 'succeeded', output };
  }
  const failed = failedAttributes(event);
  if (failed !== undefined) {
    const error = await failureToStepError(failed.failure, payloads);
    return {
      type: 'closed',
      time,
      event: failed.event,
      outcome: error.kind === 'Cancelled' ? 'cancelled' : 'failed',
      error,
    };
  }
  const cancelled = cancelledEvent(event);
  if (cancelled === undefined) return undefined;
  const error = { kind: 'Cancelled', message: 'cancelled from outside', retryable: false };
  return { type: 'closed', time, event: cancelled, outcome: 'cancelled', error };
}

function succeededAttributes(event: HistoryEvent) {
  const activity = event.activityTaskCompletedEventAttributes;
  if (activity) return { event: Number(activity.scheduledEventId), result: activity.result };
  const child = event.childWorkflowExecutionCompletedEventAttributes;
  if (child) return { event: Number(child.initiatedEventId), result: child.result };
  const timer = event.timerFiredEventAttributes;
  if (timer) return { event: Number(timer.startedEventId), result: undefined };
  return undefined;
}

function failedAttributes(event: HistoryEvent): { event: number; failure: Failure | null | undefined } | undefined {
  const activity = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (activity) return { event: Number(activity.scheduledEventId), failure: activity.failure };
  const child = event.childWorkflowExecutionFailedEventAttributes;
  if (child) return { event: Number(child.initiatedEventId), failure: child.failure };
  const timedOut = event.childWorkflowExecutionTimedOutEventAttributes;
  if (timedOut) {
    return {
      event: Number(timedOut.initiatedEventId),
      failure: { message: 'the child workflow took longer than its timeout', timeoutFailureInfo: {} },
    };
  }
  const terminated = event.childWorkflowExecutionTerminatedEventAttributes;
  if (terminated) {
    return {
      event: Number(terminated.initiatedEventId),
      failure: { message: 'the child workflow was terminated', terminatedFailureInfo: {} },
    };
  }
  const refused = event.startChildWorkflowExecutionFailedEventAttributes;
  if (refused) {
    return {
      event: Number(refused.initiatedEventId),
      failure: { message: 'the child workflow could not be started: its id is in use' },
    };
  }
  return undefined;
}

function cancelledEvent(event: HistoryEvent): number | undefined {
  const activity = event.activityTaskCanceledEventAttributes;
  if (activity) return Number(activity.scheduledEventId);
  const child = event.childWorkflowExecutionCanceledEventAttributes;
  if (child) return Number(child.initiatedEventId);
  const timer = event.timerCanceledEventAttributes;
  return timer ? Number(timer.startedEventId) : undefined;
}
