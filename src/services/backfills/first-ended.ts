import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import protos, { type temporal } from '@temporalio/proto';
import type { EndedRun, RunEnd } from '../../domain/backfill/activities.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import { isNotFound, temporalError } from '../temporal-call.js';

const { EventType, HistoryEventFilterType } = protos.temporal.api.enums.v1;

/** After the first end others are waited for so long: many quick runs then cost one turn of the backfill. */
const gatherMs = 40;
/** The server answers a long poll within 20 s, with an event or without. */
const pollMs = 30_000;

/**
 * Waits by long polls until a run has ended, and gathers what else ends within a moment.
 * @returns empty when the signal came first
 * @throws AlmanacError unavailable
 */
export async function firstEnded(
  client: Client,
  runs: readonly RunReference[],
  signal: AbortSignal,
): Promise<EndedRun[]> {
  const ended: EndedRun[] = [];
  const polls = new AbortController();
  const stop = () => polls.abort();
  signal.addEventListener('abort', stop);
  try {
    const waits = runs.map(async (run) => {
      ended.push({ runId: run.runId, end: await endOf(client, run, polls.signal) });
    });
    const aborted = new Promise<void>((resolve) => polls.signal.addEventListener('abort', () => resolve()));
    if (signal.aborted) return [];
    await Promise.race([...waits, aborted]);
    if (ended.length < runs.length && !polls.signal.aborted) await Promise.race([Promise.all(waits), sleep(gatherMs)]);
    return [...ended];
  } catch (error) {
    throw temporalError(error, 'a run of the backfill');
  } finally {
    signal.removeEventListener('abort', stop);
    polls.abort();
  }
}

/** Follows a run into its retries and continuations. */
async function endOf(client: Client, { workflowId, runId }: RunReference, signal: AbortSignal): Promise<RunEnd> {
  let current = runId;
  let nextPageToken: Uint8Array | undefined;
  for (;;) {
    const page = { nextPageToken, runId: current };
    const answer = await client.withAbortSignal(signal, () =>
      client.withDeadline(Date.now() + pollMs, () => closeEvent(client, workflowId, page)),
    );
    if (answer === undefined) return 'gone';
    const event = answer.history?.events?.at(-1);
    nextPageToken = answer.nextPageToken?.length ? answer.nextPageToken : undefined;
    if (event === undefined) continue;
    const next = nextRunOf(event);
    if (!next) return event.eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED ? 'completed' : 'failed';
    current = next;
    nextPageToken = undefined;
  }
}

async function closeEvent(
  client: Client,
  workflowId: string,
  { runId, nextPageToken }: { runId: string; nextPageToken: Uint8Array | undefined },
) {
  try {
    return await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      waitNewEvent: true,
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function nextRunOf(event: temporal.api.history.v1.IHistoryEvent): string | null | undefined {
  return (
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ||
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionTimedOutEventAttributes?.newExecutionRunId ||
    event.workflowExecutionCompletedEventAttributes?.newExecutionRunId
  );
}
