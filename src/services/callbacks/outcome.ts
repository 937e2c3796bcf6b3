import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type CallbackIdentity, parseIdentity } from '../../domain/callback/identity.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { grpcCode, hasGrpcCode } from './temporal-calls.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** What became of the activity of a callback, as Temporal knows it. */
export type CallbackOutcome =
  /** Still open, though perhaps between two attempts. */
  | { kind: 'pending'; activity: PendingActivity }
  /** Ended by a callback, or completed or cancelled by other means. */
  | { kind: 'ended'; how: 'completed' | 'failed' | 'cancelled'; by: CallbackIdentity | undefined }
  /** Timed out, or there is no such run or step any more. */
  | { kind: 'over' };

/** Reads the outcome: first what is pending now, then the history backwards to the event that ended the activity. */
export async function readOutcome(client: Client, claims: CallbackClaims): Promise<CallbackOutcome> {
  try {
    const activity = await readPendingActivity(client, claims);
    return activity === undefined ? await readEnd(client, claims) : { kind: 'pending', activity };
  } catch (error) {
    // The run is past its retention, or was deleted.
    if (hasGrpcCode(error, grpcCode.notFound)) return { kind: 'over' };
    throw error;
  }
}

export async function readPendingActivity(
  client: Client,
  { namespace, workflowId, runId, activityId }: CallbackClaims,
): Promise<PendingActivity | undefined> {
  const description = await client.workflowService.describeWorkflowExecution({
    namespace,
    execution: { workflowId, runId },
  });
  // A run that was terminated still shows the activities that it left behind.
  if (description.workflowExecutionInfo?.closeTime) return undefined;
  return description.pendingActivities?.find((activity) => activity.activityId === activityId);
}

async function readEnd(
  client: Client,
  { namespace, workflowId, runId, activityId }: CallbackClaims,
): Promise<CallbackOutcome> {
  const ends = new Map<string, HistoryEvent>();
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 500,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    for (const event of page.history?.events ?? []) {
      const ended = scheduledEventOf(event);
      if (ended !== undefined) ends.set(ended, event);
      if (event.activityTaskScheduledEventAttributes?.activityId !== activityId) continue;
      return toOutcome(ends.get(String(event.eventId)));
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken !== undefined);
  return { kind: 'over' };
}

/** Id of the scheduling event whose activity this event ended. */
function scheduledEventOf(event: HistoryEvent): string | undefined {
  const attributes =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskCanceledEventAttributes ??
    event.activityTaskTimedOutEventAttributes;
  return attributes?.scheduledEventId == null ? undefined : String(attributes.scheduledEventId);
}

function toOutcome(end: HistoryEvent | undefined): CallbackOutcome {
  const completed = end?.activityTaskCompletedEventAttributes;
  if (completed) return { kind: 'ended', how: 'completed', by: parseIdentity(completed.identity) };
  const failed = end?.activityTaskFailedEventAttributes;
  if (failed) return { kind: 'ended', how: 'failed', by: parseIdentity(failed.identity) };
  const cancelled = end?.activityTaskCanceledEventAttributes;
  if (cancelled) return { kind: 'ended', how: 'cancelled', by: parseIdentity(cancelled.identity) };
  return { kind: 'over' };
}

/** Identity of the callback that failed the attempt before this one; the server may have wrapped a large failure. */
export function lastFailureIdentity({ lastFailure }: PendingActivity): CallbackIdentity | undefined {
  return parseIdentity(lastFailure?.source) ?? parseIdentity(lastFailure?.cause?.source);
}
