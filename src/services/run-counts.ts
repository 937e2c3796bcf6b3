import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** Runs of a task queue that ended, by the status that visibility gives them (`Completed`, `Failed`, `TimedOut`, …). */
export type RunCounts = Readonly<Record<string, number>>;

/**
 * Runs that ended from `start` (inclusive) to `end` (exclusive), and under `Running` those that have not ended. Visibility follows the
 * history by some seconds, so a stretch should end a while ago.
 */
export async function countRuns(client: Client, taskQueue: string, start: Date, end: Date): Promise<RunCounts> {
  const queue = `TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const [ended, running] = await Promise.all([
    client.workflowService.countWorkflowExecutions({
      namespace: client.options.namespace,
      query: `${queue} AND CloseTime >= '${start.toISOString()}' AND CloseTime < '${end.toISOString()}' GROUP BY ExecutionStatus`,
    }),
    client.workflowService.countWorkflowExecutions({
      namespace: client.options.namespace,
      query: `${queue} AND ExecutionStatus = 'Running'`,
    }),
  ]);
  const counts: Record<string, number> = { Running: Number(running.count ?? 0) };
  for (const { groupValues, count } of ended.groups ?? []) {
    const [value] = groupValues ?? [];
    const status: unknown = value ? defaultPayloadConverter.fromPayload(value) : undefined;
    if (typeof status === 'string') counts[status] = Number(count ?? 0);
  }
  return counts;
}
