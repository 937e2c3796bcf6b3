import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { AlmanacError } from '../../domain/errors.js';
import type { ListView, RunStatus, RunSummaryView, RunView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { callTemporal } from '../temporal-call.js';
import { allOf, equals, runsOfSchedule } from '../visibility-query.js';
import { readRun } from './read-run.js';
import { statusQueryNames, toRunSummary } from './run-summary.js';

export interface RunFilter {
  scheduleId?: string | undefined;
  status?: RunStatus | undefined;
  /** Only those that this backfill started. */
  backfillId?: string | undefined;
  pageSize: number;
  pageToken?: string | undefined;
}

export interface RunReference {
  workflowId: string;
  runId: string;
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
  cancel(workflowId: string, reason: RunReason): Promise<RunReference>;
  /** Ends the run at once, without clean-up. */
  terminate(workflowId: string, reason: RunReason): Promise<RunReference>;
}

export function createRunService({ client }: { client: Client }): RunService {
  const { namespace, identity } = client.options;
  const call = <T>(workflowId: string, use: () => Promise<T>) =>
    callTemporal(client, use, { subject: `run ${workflowId}` });
  return {
    list: ({ scheduleId, status, backfillId, pageSize, pageToken }) =>
      callTemporal(client, async () => {
        const response = await client.workflowService.listWorkflowExecutions({
          namespace,
          pageSize,
          nextPageToken: decodePageToken(pageToken).server,
          query: allOf([
            scheduleId === undefined
              ? '(AlmanacScheduleId IS NOT NULL OR TemporalScheduledById IS NOT NULL)'
              : runsOfSchedule(scheduleId),
            status === undefined ? undefined : equals('ExecutionStatus', statusQueryNames[status]),
            backfillId === undefined ? undefined : equals('AlmanacBackfillId', backfillId),
          ]),
        });
        const server = response.nextPageToken ?? new Uint8Array();
        return {
          items: (response.executions ?? []).map(toRunSummary),
          ...(server.length > 0 ? { nextPageToken: encodePageToken({ server, skip: 0 }) } : {}),
        };
      }),
    get: (workflowId, runId) => call(workflowId, () => readRun(client, workflowId, runId)),
    cancel: (workflowId, { runId, reason }) =>
      call(workflowId, async () => {
        const run = await openRun(client, workflowId, runId);
        await client.workflowService.requestCancelWorkflowExecution({
          namespace,
          identity,
          requestId: randomUUID(),
          workflowExecution: run,
          reason,
        });
        return run;
      }),
    terminate: (workflowId, { runId, reason }) =>
      call(workflowId, async () => {
        const run = await openRun(client, workflowId, runId);
        await client.workflowService.terminateWorkflowExecution({
          namespace,
          identity,
          workflowExecution: run,
          reason,
        });
        return run;
      }),
  };
}

/** The run with its id pinned. @throws AlmanacError conflict when it has ended */
async function openRun(client: Client, workflowId: string, runId: string | undefined): Promise<RunReference> {
  const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId, runId: runId ?? '' },
  });
  const run = toRunSummary(workflowExecutionInfo ?? {});
  if (run.status === 'running' || run.status === 'paused') return { workflowId, runId: run.runId };
  throw new AlmanacError('conflict', `run ${workflowId} has ended already: it is ${run.status}`);
}
