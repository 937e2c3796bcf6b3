import type { Client } from '@temporalio/client';
import type { RunFact } from '../../domain/slots/slot-facts.js';
import { toRunSummary } from '../runs/run-summary.js';
import { allOf, quote, runsOfSchedule } from '../visibility-query.js';

const pageSize = 1_000;
const pagesAtMost = 10;

interface RunWindow {
  /** First and last nominal time. */
  from: number;
  to: number;
  /** Until when runs may have been started for these. */
  until: number;
}

/** Runs for the nominal times in a window, and those that were open in it. */
export async function readSlotRuns(
  client: Client,
  scheduleId: string,
  { from, to, until }: RunWindow,
): Promise<{ runs: RunFact[]; complete: boolean }> {
  const [start, end, last] = [instant(from), instant(to), instant(until)];
  const open = `(StartTime <= ${last} AND (ExecutionStatus = 'Running' OR CloseTime >= ${start}))`;
  const query = allOf([
    runsOfSchedule(scheduleId),
    `((TemporalScheduledStartTime >= ${start} AND TemporalScheduledStartTime <= ${end}) OR ${open})`,
  ]);
  const runs: RunFact[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  for (let page = 0; page < pagesAtMost; page += 1) {
    const response = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      pageSize,
      nextPageToken,
      query,
    });
    for (const info of response.executions ?? []) runs.push(toFact(toRunSummary(info)));
    nextPageToken = response.nextPageToken ?? new Uint8Array();
    if (nextPageToken.length === 0) return { runs, complete: true };
  }
  return { runs, complete: false };
}

function instant(time: number): string {
  return quote(new Date(time).toISOString());
}

function toFact(summary: ReturnType<typeof toRunSummary>): RunFact {
  const { workflowId, runId, status, scheduledTime, startTime, closeTime, trigger } = summary;
  return {
    workflowId,
    runId,
    status,
    scheduledTime: scheduledTime === null ? undefined : Date.parse(scheduledTime),
    startTime: Date.parse(startTime),
    closeTime: closeTime === null ? undefined : Date.parse(closeTime),
    direct: trigger === 'manual' || trigger === 'backfill' ? trigger : undefined,
  };
}
