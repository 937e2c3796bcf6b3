import type { Client } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import type { ScheduleView } from '../../domain/views.js';
import { instantOf } from '../payloads.js';
import { allOf, runsOfSchedule } from '../visibility-query.js';

/** The latest runs of a schedule, whoever started them, and how many are open. */
export async function recentRuns(
  client: Client,
  id: string,
): Promise<{ recent: ScheduleView['recentRuns']; running: number }> {
  const namespace = client.options.namespace;
  const [latest, open] = await Promise.all([
    client.workflowService.listWorkflowExecutions({ namespace, query: runsOfSchedule(id), pageSize: 10 }),
    client.workflowService.countWorkflowExecutions({
      namespace,
      query: allOf([runsOfSchedule(id), "ExecutionStatus = 'Running'"]),
    }),
  ]);
  const recent = (latest.executions ?? []).flatMap(({ execution, startTime, searchAttributes }) => {
    const started = optionalTsToDate(startTime)?.toISOString();
    if (!execution?.workflowId || !execution.runId || !started) return [];
    const scheduled = instantOf(searchAttributes?.indexedFields, 'TemporalScheduledStartTime') ?? started;
    return [{ workflowId: execution.workflowId, runId: execution.runId, scheduledTime: scheduled, startTime: started }];
  });
  return { recent, running: Number(open.count ?? 0) };
}
