import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ListView, RunStatus, RunSummaryView, RunView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { callTemporal } from '../temporal-call.js';
import { allOf, equals, runsOfSchedule } from '../visibility-query.js';
import { readRun } from './read-run.js';
import { statusQueryNames, toRunSummary } from './run-summary.js';

export interface RunFilter {
  scheduleId?: string | undefined;
  status?: RunStatus | undefined;
  limit: number;
  pageToken?: string | undefined;
}

export interface RunReason {
  /** Left out, the latest run of the workflow id. */
  runId?: string | undefined;
  reason: string;
}

/** Use cases over runs; errors as in ScheduleService. */
export interface RunService {
  /** Newest first. Of all schedules only runs that a schedule, a trigger or a backfill started: no child workflows. */
  list(filter: RunFilter): Promise<ListView<RunSummaryView>>;
  get(workflowId: string, runId?: string): Promise<RunView>;
  /** Asks the run to end; it may still clean up. */
  cancel(workflowId: string, reason: RunReason): Promise<void>;
  /** Ends the run at once, without clean-up. */
  terminate(workflowId: string, reason: RunReason): Promise<void>;
}

export function createRunService({ client }: { client: Client }): RunService {
  const { namespace, identity } = client.options;
  const call = <T>(workflowId: string, use: () => Promise<T>) =>
    callTemporal(client, use, { subject: `an open run ${workflowId}` });
  return {
    list: ({ scheduleId, status, limit, pageToken }) =>
      callTemporal(client, async () => {
        const response = await client.workflowService.listWorkflowExecutions({
          namespace,
          pageSize: limit,
          nextPageToken: decodePageToken(pageToken).server,
          query: allOf([
            scheduleId === undefined
              ? '(AlmanacScheduleId IS NOT NULL OR TemporalScheduledById IS NOT NULL)'
              : runsOfSchedule(scheduleId),
            status === undefined ? undefined : equals('ExecutionStatus', statusQueryNames[status]),
          ]),
        });
        const server = response.nextPageToken ?? new Uint8Array();
        return {
          items: (response.executions ?? []).map(toRunSummary),
          ...(server.length > 0 ? { nextPageToken: encodePageToken({ server, skip: 0 }) } : {}),
        };
      }),
    get: (workflowId, runId) =>
      callTemporal(client, () => readRun(client, workflowId, runId), { subject: `run ${workflowId}` }),
    cancel: (workflowId, { runId, reason }) =>
      call(workflowId, async () => {
        await client.workflowService.requestCancelWorkflowExecution({
          namespace,
          identity,
          requestId: randomUUID(),
          workflowExecution: { workflowId, runId: runId ?? '' },
          reason,
        });
      }),
    terminate: (workflowId, { runId, reason }) =>
      call(workflowId, async () => {
        await client.workflowService.terminateWorkflowExecution({
          namespace,
          identity,
          workflowExecution: { workflowId, runId: runId ?? '' },
          reason,
        });
      }),
  };
}
