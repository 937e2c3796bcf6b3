import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { RunCost } from '../../domain/backfill/cost.js';
import { median } from '../../domain/backfill/estimate.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import { historyPages } from '../history-pages.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Runs of a schedule are alike, and each history is a call. */
const runsLookedAt = 3;
/** Of a longer history the first part is counted: better too little than a plan that does not come. */
const pagesAtMost = 4;

/** What the latest completed runs took, each figure by its median; undefined when there is none. */
export async function usualCost(
  client: Client,
  completed: readonly RunReference[],
): Promise<(RunCost & { runsLookedAt: number }) | undefined> {
  const costs = await Promise.all(
    completed.slice(0, runsLookedAt).map(async (run) => costOfHistory(await historyOf(client, run))),
  );
  const actions = median(costs.map((cost) => cost.actions));
  const activityMs = median(costs.map((cost) => cost.activityMs));
  if (actions === undefined || activityMs === undefined) return undefined;
  return { actions, activityMs, runsLookedAt: costs.length };
}

/** Ended by somebody outside, so that no worker is busy in between. */
const waitingActivities: readonly string[] = ['http.callback', 'callback.wait'];

/**
 * Counts what Temporal Cloud bills as an action (its documentation, "Actions"): the start of the run, each attempt of an activity, a
 * batch of local activities, a timer, a signal, an update, an upsert of search attributes, a continue-as-new, and two for a child
 * workflow. Heartbeats and queries are actions too and leave nothing in a history.
 */
export function costOfHistory(events: readonly HistoryEvent[]): RunCost {
  const scheduled = new Map<string, { type: string; attempt: number; startedMs: number | undefined }>();
  let actions = 0;
  let activityMs = 0;
  for (const event of events) {
    actions += fixedActions(event);
    const activity = event.activityTaskScheduledEventAttributes;
    if (activity) {
      const type = activity.activityType?.name ?? '';
      scheduled.set(String(event.eventId), { type, attempt: 0, startedMs: undefined });
    }
    const started = event.activityTaskStartedEventAttributes;
    const opened = started && scheduled.get(String(started.scheduledEventId));
    // Written when the activity has ended, with the time and number of its last attempt.
    if (opened) Object.assign(opened, { attempt: started.attempt ?? 1, startedMs: optionalTsToMs(event.eventTime) });
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    const closed = ended && scheduled.get(String(ended.scheduledEventId));
    const endMs = optionalTsToMs(event.eventTime);
    if (!closed || closed.startedMs === undefined || endMs === undefined) continue;
    if (!waitingActivities.includes(closed.type)) activityMs += endMs - closed.startedMs;
  }
  const attempts = [...scheduled.values()].reduce((sum, { attempt }) => sum + Math.max(1, attempt), 0);
  return { actions: actions + attempts, activityMs };
}

function fixedActions(event: HistoryEvent): number {
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  const one =
    event.workflowExecutionStartedEventAttributes ??
    event.timerStartedEventAttributes ??
    event.workflowExecutionSignaledEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.upsertWorkflowSearchAttributesEventAttributes ??
    event.markerRecordedEventAttributes ??
    event.workflowExecutionContinuedAsNewEventAttributes;
  return one ? 1 : 0;
}

async function historyOf(client: Client, execution: RunReference): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let pages = 0;
  for await (const { history } of historyPages(client, execution)) {
    events.push(...(history?.events ?? []));
    pages += 1;
    if (pages === pagesAtMost) break;
  }
  return events;
}
