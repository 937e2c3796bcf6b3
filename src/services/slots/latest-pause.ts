import type { Client } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { authorOf } from '../../domain/author-identity.js';
import { schedulerWorkflowId } from './scheduler-id.js';
import { readPatch, readUpdate } from './scheduler-messages.js';

export interface LatestPause {
  pausedBy?: string;
  /** ISO 8601 UTC. */
  pausedSince: string;
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** A paused scheduler does next to nothing, so what paused it is among its last events. */
const eventsBack = 200;

/**
 * Who paused a schedule that is paused now, and when, by the history of the scheduler; undefined where that does not
 * tell: the scheduler paused by itself, or the server keeps no such history (CHASM).
 */
export async function latestPause(client: Client, scheduleId: string): Promise<LatestPause | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId: schedulerWorkflowId(scheduleId) },
    maximumPageSize: eventsBack,
  });
  return pauseIn(history?.events ?? []);
}

/** @param events the newest first */
function pauseIn(events: readonly HistoryEvent[]): LatestPause | undefined {
  let updated: LatestPause | undefined;
  for (const { eventTime, workflowExecutionSignaledEventAttributes: signal } of events) {
    const since = optionalTsToDate(eventTime)?.toISOString();
    if (!signal || since === undefined) continue;
    const by = authorOf(signal.identity);
    const found = { pausedSince: since, ...(by === undefined ? {} : { pausedBy: by }) };
    if (signal.signalName === 'update') {
      if (!readUpdate(signal.input).schedule.state?.paused) return updated;
      // It may only have carried an older pause over.
      updated = found;
    } else if (signal.signalName === 'patch') {
      const { pause, unpause } = readPatch(signal.input);
      if (unpause) return updated;
      if (pause) return found;
    }
  }
  return updated;
}
