import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { AlmanacError } from '../../domain/errors.js';
import type { SchedulerEvent } from '../../domain/slots/scheduler-event.js';
import { schedulerLog } from '../../domain/slots/scheduler-log.js';
import type { SchedulerLog } from '../../domain/slots/slot-facts.js';
import { historyPages } from '../history-pages.js';
import { isNotFound } from '../temporal-call.js';
import { SchedulerEventReader } from './scheduler-events.js';
import { schedulerWorkflowId, schedulerWorkflowType } from './scheduler-id.js';
import { readStartArgs, UnknownEncodingError } from './scheduler-messages.js';

/** The scheduler goes on as a new run every 4,096 events, some 400 fires. */
const runsAtMost = 200;
const eventsAtMost = 50_000;
const pageSize = 1_000;

/** One run of the scheduler. */
interface SchedulerRun {
  runId: string;
  startTime: number;
  previous: string | undefined;
  /** Paused when it began: who did that stands in a run before. */
  startsPaused: boolean;
}

/**
 * What the scheduler's own history tells of a time. It is kept as long as any history, and the part that still goes on
 * for as long as that may be; a server with the newer scheduler (CHASM) has none.
 * @throws AlmanacError over-cap when that is more than is read at once
 */
export async function readSchedulerLog(
  client: Client,
  scheduleId: string,
  { start, end }: { start: number; end: number },
): Promise<SchedulerLog> {
  const workflowId = schedulerWorkflowId(scheduleId);
  try {
    const { runs, missing } = await runsBackTo(client, workflowId, start);
    const events: SchedulerEvent[] = [];
    let read = 0;
    for (const { runId } of runs) {
      const reader = new SchedulerEventReader(client);
      for await (const { history } of historyPages(client, { workflowId, runId }, pageSize)) {
        const page = history?.events ?? [];
        read += page.length;
        if (read > eventsAtMost) throw tooMuch(scheduleId);
        for (const event of page) events.push(...(await reader.read(event)));
        if (isEnough(events, end)) return schedulerLog(events, missing);
      }
    }
    return schedulerLog(events, missing);
  } catch (error) {
    if (error instanceof UnknownEncodingError) return schedulerLog([], error.message);
    throw error;
  }
}

/** Enough when the scheduler has looked after the end, and no pause is open whose end would be missing. */
function isEnough(events: readonly SchedulerEvent[], end: number): boolean {
  const look = events.findLast(({ type }) => type === 'look');
  if (look === undefined || look.at <= end) return false;
  const state = events.findLast((event) => event.type === 'state');
  return state?.paused !== true;
}

/** The runs of the scheduler from the one that was going on at an instant, or in which it was paused; the oldest first. */
async function runsBackTo(
  client: Client,
  workflowId: string,
  instant: number,
): Promise<{ runs: SchedulerRun[]; missing: string | undefined }> {
  const runs: SchedulerRun[] = [];
  let runId: string | undefined = '';
  while (runId !== undefined) {
    if (runs.length >= runsAtMost) return { runs, missing: 'it lies more than 200 runs of the scheduler back' };
    const run = await findRun(client, { workflowId, runId });
    if (run === undefined) {
      const none = "the server has no history of this schedule's scheduler, as with the newer kind (CHASM)";
      return { runs, missing: runs.length === 0 ? none : 'earlier parts are older than the namespace keeps' };
    }
    runs.unshift(run);
    runId = run.startTime <= instant && !run.startsPaused ? undefined : run.previous;
  }
  return { runs, missing: undefined };
}

async function findRun(
  client: Client,
  execution: { workflowId: string; runId: string },
): Promise<SchedulerRun | undefined> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution,
      maximumPageSize: 1,
    });
    const [event] = history?.events ?? [];
    const attributes = event?.workflowExecutionStartedEventAttributes;
    const startTime = optionalTsToMs(event?.eventTime);
    if (!attributes?.originalExecutionRunId || startTime === undefined) return undefined;
    // The newer scheduler (CHASM) keeps the id taken by a workflow that does nothing.
    if (attributes.workflowType?.name !== schedulerWorkflowType) return undefined;
    const previous = attributes.continuedExecutionRunId || undefined;
    const startsPaused = readStartArgs(attributes.input).schedule.state?.paused ?? false;
    return { runId: attributes.originalExecutionRunId, startTime, previous, startsPaused };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function tooMuch(scheduleId: string): AlmanacError {
  return new AlmanacError(
    'over-cap',
    `the scheduler of ${scheduleId} did more in this time than is read at once (${eventsAtMost} events): ask for a shorter time or a smaller limit`,
    { details: [{ path: 'limit', message: 'take a smaller one, or an end nearer to the start' }] },
  );
}
