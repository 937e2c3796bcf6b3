import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { median } from '../../domain/backfill/estimate.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import type { BackfillRange } from '../../domain/backfill/range.js';
import type { RunSummaryView } from '../../domain/views.js';
import { toRunSummary } from '../runs/run-summary.js';
import { allOf, runsOfSchedule } from '../visibility-query.js';

const pageSize = 1_000;

/** The latest run of each workflow id among those whose nominal time is in the range, whoever started them. */
export async function earlierRuns(
  client: Client,
  scheduleId: string,
  { start, end }: BackfillRange,
): Promise<Map<string, RunSummaryView>> {
  const latest = new Map<string, RunSummaryView>();
  const query = allOf([
    runsOfSchedule(scheduleId),
    `TemporalScheduledStartTime BETWEEN '${start.toISOString()}' AND '${end.toISOString()}'`,
    // Each is followed by a run that says more.
    "ExecutionStatus != 'ContinuedAsNew'",
  ]);
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query,
      pageSize,
      nextPageToken,
    });
    for (const run of (page.executions ?? []).map(toRunSummary)) {
      const other = latest.get(run.workflowId);
      if (other === undefined || other.startTime < run.startTime) latest.set(run.workflowId, run);
    }
    nextPageToken = page.nextPageToken ?? new Uint8Array();
  } while (nextPageToken.length > 0);
  return latest;
}

export interface CompletedRuns {
  /** The latest first. */
  runs: RunReference[];
  /** How long they took, by their median in milliseconds; undefined when there is none. */
  durationMs: number | undefined;
}

/** The latest completed runs of a schedule: what others are judged by. */
export async function completedRuns(client: Client, scheduleId: string): Promise<CompletedRuns> {
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: allOf([runsOfSchedule(scheduleId), "ExecutionStatus = 'Completed'"]),
    pageSize: 20,
  });
  const durations = (executions ?? []).flatMap(({ startTime, closeTime }) => {
    const [started, closed] = [optionalTsToMs(startTime), optionalTsToMs(closeTime)];
    return started === undefined || closed === undefined ? [] : [closed - started];
  });
  const runs = (executions ?? []).map(({ execution }) => ({
    workflowId: execution?.workflowId ?? '',
    runId: execution?.runId ?? '',
  }));
  return { runs, durationMs: median(durations) };
}
