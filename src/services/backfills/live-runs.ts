import type { Client } from '@temporalio/client';
import type { RunReference } from '../../domain/backfill/progress.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { allOf, runsOfSchedule } from '../visibility-query.js';

/**
 * Open runs of a schedule that no backfill of ours started: what the schedule itself tracks, exact at once, and runs by hand, which
 * visibility shows a moment later.
 */
export async function liveRuns(client: Client, live: LiveSchedule): Promise<RunReference[]> {
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: allOf([runsOfSchedule(live.id), "ExecutionStatus = 'Running'", 'AlmanacBackfillId IS NULL']),
    pageSize: 20,
  });
  const runs = [
    ...(live.raw.info?.runningWorkflows ?? []),
    ...(executions ?? []).map(({ execution }) => execution),
  ].flatMap((run) => (run?.workflowId && run.runId ? [{ workflowId: run.workflowId, runId: run.runId }] : []));
  return [...new Map(runs.map((run) => [run.runId, run])).values()];
}
