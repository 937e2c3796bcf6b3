import type { Client } from '@temporalio/client';
import protos, { type temporal } from '@temporalio/proto';
import type { RunEnd } from '../../domain/backfill/activities.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import { isNotFound } from '../temporal-call.js';

const { EventType, HistoryEventFilterType } = protos.temporal.api.enums.v1;

/** The server answers a long poll within 20 s, with an event or without. */
const pollMs = 30_000;
/** An end that nobody asked for is forgotten after this, and a poll that nobody waits for is not renewed. */
const keptMs = 30_000;

interface Watched {
  end: Promise<RunEnd>;
  /** Milliseconds since 1970. */
  askedAt: number;
}

/**
 * How runs end, by one long poll each. A backfill that waits for the first of many runs asks again and again for the same ones:
 * their polls go on in between.
 */
export class RunEnds {
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly client: Client) {}

  /** Resolves when the run has ended, its retries and continuations included. */
  endOf(run: RunReference): Promise<RunEnd> {
    const known = this.watched.get(run.runId);
    if (known !== undefined) {
      known.askedAt = Date.now();
      return known.end;
    }
    const entry: Watched = { askedAt: Date.now(), end: this.follow(run) };
    this.watched.set(run.runId, entry);
    const forget = () => this.watched.delete(run.runId);
    // A poll that failed is made anew by the next who asks.
    entry.end.then(() => setTimeout(forget, keptMs).unref(), forget);
    return entry.end;
  }

  private async follow({ workflowId, runId }: RunReference): Promise<RunEnd> {
    let current = runId;
    let token: Uint8Array | undefined;
    for (;;) {
      const answer = await this.poll(workflowId, current, token);
      if (answer === undefined) return 'gone';
      const event = answer.history?.events?.at(-1);
      if (event === undefined) {
        token = answer.nextPageToken?.length ? answer.nextPageToken : undefined;
        const asked = this.watched.get(runId)?.askedAt ?? 0;
        if (Date.now() - asked > keptMs) throw new Error('nobody waits for this run any more');
        continue;
      }
      const next = nextRunOf(event);
      if (!next) return event.eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED ? 'completed' : 'failed';
      current = next;
      token = undefined;
    }
  }

  private async poll(workflowId: string, runId: string, token: Uint8Array | undefined) {
    try {
      return await this.client.withDeadline(Date.now() + pollMs, () =>
        this.client.workflowService.getWorkflowExecutionHistory({
          namespace: this.client.options.namespace,
          execution: { workflowId, runId },
          waitNewEvent: true,
          historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
          ...(token === undefined ? {} : { nextPageToken: token }),
        }),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
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
