import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { allOf, runsOfSchedule } from '../visibility-query.js';

const runs = 20;

/** Milliseconds that the latest completed runs of a schedule took, newest first; runs that failed at once would mislead. */
export async function pastDurations(client: Client, id: string): Promise<number[]> {
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: allOf([runsOfSchedule(id), "ExecutionStatus = 'Completed'"]),
    pageSize: runs,
  });
  return (executions ?? []).flatMap(({ startTime, closeTime }) => {
    const [start, close] = [optionalTsToMs(startTime), optionalTsToMs(closeTime)];
    return start === undefined || close === undefined ? [] : [close - start];
  });
}
