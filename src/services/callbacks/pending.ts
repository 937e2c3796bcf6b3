import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { callbackExpiry } from '../../domain/callback/urls.js';
import { isStepUses, stepKinds } from '../../domain/steps/registry.js';
import { callbackOperation, type ListView, type PendingCallbackView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import type { PendingActivity } from './outcome.js';
import { isoTime, readProgress, timestampMs } from './payloads.js';
import { grpcCode, hasGrpcCode } from './temporal-calls.js';

type RunInfo = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** The pipeline sets the state while one of its steps waits; a run that ended keeps its last state. */
const waitingRuns = "AlmanacState = 'waiting' AND ExecutionStatus = 'Running'";
/** Runs described at once: each is one call to Temporal. */
const concurrency = 8;

/** Open callbacks across runs, a page of waiting runs at a time, so a page may hold more or fewer items than runs. */
export async function listPending(
  client: Client,
  page: { pageSize: number; pageToken?: string | undefined },
): Promise<ListView<PendingCallbackView>> {
  const { namespace } = client.options;
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace,
    query: waitingRuns,
    pageSize: page.pageSize,
    nextPageToken: decodePageToken(page.pageToken).server,
  });
  const items: PendingCallbackView[] = [];
  for (let start = 0; start < executions.length; start += concurrency) {
    const found = await Promise.all(executions.slice(start, start + concurrency).map((run) => ofRun(client, run)));
    items.push(...found.flat());
  }
  return nextPageToken?.length
    ? { items, nextPageToken: encodePageToken({ server: nextPageToken, skip: 0 }) }
    : { items };
}

async function ofRun(client: Client, run: RunInfo): Promise<PendingCallbackView[]> {
  const { pendingActivities, workflowExecutionInfo } = await describeIfThere(client, run);
  // Visibility lags behind, and a run that was terminated still shows the activities that it left behind.
  if (workflowExecutionInfo?.closeTime) return [];
  const callbacks = (pendingActivities ?? []).filter((activity) => isCallback(activity.activityType?.name ?? ''));
  return Promise.all(callbacks.map((activity) => toView(client, run, activity)));
}

/** Visibility lags behind: a run that it still lists may be gone. */
async function describeIfThere(client: Client, { execution }: RunInfo) {
  try {
    return await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: execution ?? null,
    });
  } catch (error) {
    if (hasGrpcCode(error, grpcCode.notFound)) return { pendingActivities: [], workflowExecutionInfo: undefined };
    throw error;
  }
}

/** Is this the activity of a step that waits for its callback? */
export function isCallback(activityType: string): boolean {
  return isStepUses(activityType) && stepKinds[activityType].execution === 'callback';
}

async function toView(client: Client, run: RunInfo, activity: PendingActivity): Promise<PendingCallbackView> {
  const deadline = timestampMs(activity.expirationTime);
  const progress = await readProgress(client, activity.heartbeatDetails);
  return {
    workflowId: run.execution?.workflowId ?? '',
    runId: run.execution?.runId ?? '',
    scheduleId: scheduleIdOf(run),
    step: activity.activityId ?? '',
    uses: activity.activityType?.name ?? '',
    attempt: activity.attempt ?? 1,
    startTime: isoTime(activity.lastStartedTime),
    expiresAt: deadline === undefined ? null : new Date(callbackExpiry(deadline)).toISOString(),
    operations: [...callbackOperation.options],
    ...(progress === undefined ? {} : { progress }),
  };
}

/** Search attributes are never encoded by a codec: the server has to read them. */
function scheduleIdOf(run: RunInfo): string | null {
  const payload = run.searchAttributes?.indexedFields?.AlmanacScheduleId;
  const value: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
  return typeof value === 'string' ? value : null;
}
