import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import protos from '@temporalio/proto';
import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import type { PipelineInput, RunOrigin } from '../../domain/pipeline.js';
import { memoKeys, pipelineWorkflow } from '../../domain/temporal-names.js';
import { encodeSearchAttributes, payloadsOf } from '../payloads.js';
import { isAlreadyExists, isNotFound } from '../temporal-call.js';
import type { LiveSchedule } from './live-schedule.js';
import type { RunReference } from './wait-for-triggered-run.js';
import { parseWorkflowInput, registeredWorkflow } from './workflow-input.js';

const Reuse = protos.temporal.api.enums.v1.WorkflowIdReusePolicy;
const Conflict = protos.temporal.api.enums.v1.WorkflowIdConflictPolicy;

/** Memo key of runs that an Idempotency-Key started: digest of the request. */
const requestDigestKey = 'almanacRequestDigest';

export interface StartRun {
  workflowId: string;
  scheduledTime: Date;
  /** undefined keeps the input of the action. */
  input?: unknown;
  triggeredBy: string;
  /** Set for an idempotent start: the workflow id is then used once only. */
  requestDigest?: string;
}

/**
 * Starts the live action of a schedule under a workflow id of our choice.
 * @throws AlmanacError conflict when a run of that id is open, or the key was used for another request
 */
export async function startRun(client: Client, live: LiveSchedule, start: StartRun): Promise<RunReference> {
  const { workflowId, input, triggeredBy, requestDigest } = start;
  const once = requestDigest !== undefined;
  const memo = {
    [memoKeys.triggeredBy]: triggeredBy,
    ...(once ? { [requestDigestKey]: requestDigest } : {}),
  };
  const origin: RunOrigin = { trigger: 'manual', scheduledTime: start.scheduledTime.toISOString() };
  try {
    const { runId } = await client.workflowService.startWorkflowExecution({
      ...(await startRequestOf(client, live, { workflowId, origin, input, memo })),
      requestId: randomUUID(),
      workflowIdReusePolicy: once
        ? Reuse.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
        : Reuse.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
      workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
    });
    return { workflowId: start.workflowId, runId };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return earlierRun(client, live.id, start);
  }
}

export interface RunDetails {
  workflowId: string;
  origin: RunOrigin;
  /** undefined keeps the input of the action. */
  input?: unknown;
  /** Beside that of the action. */
  memo?: Record<string, unknown>;
}

/**
 * What starts the live action of a schedule for a nominal time, as the server itself would; request id and policies of the workflow
 * id are the caller's.
 * @throws AlmanacError failed when the schedule starts no workflow, invalid-input for an input that the workflow refuses
 */
export async function startRequestOf(
  client: Client,
  live: LiveSchedule,
  { workflowId, origin, input, memo }: RunDetails,
) {
  const action = live.raw.schedule?.action?.startWorkflow;
  const type = action?.workflowType?.name;
  if (!action || !type) throw new AlmanacError('failed', `schedule ${live.id} does not start a workflow`);
  const marks = {
    AlmanacTrigger: origin.trigger,
    AlmanacBackfillId: origin.backfillId,
    // What the server sets on the runs that it starts, so that a list reads one attribute for all.
    TemporalScheduledStartTime: origin.scheduledTime,
    TemporalScheduledById: live.id,
  };
  return {
    ...action,
    namespace: client.options.namespace,
    identity: client.options.identity,
    workflowId,
    input: { payloads: await argumentOf(client, live, type, { origin, input }) },
    memo: { fields: { ...action.memo?.fields, ...(await payloadsOf(client).encodeMap(memo ?? {})) } },
    searchAttributes: {
      indexedFields: { ...action.searchAttributes?.indexedFields, ...encodeSearchAttributes(marks) },
    },
  };
}

/** The run that an earlier request with the same Idempotency-Key started. @throws AlmanacError conflict */
export async function findEarlierRun(client: Client, scheduleId: string, start: StartRun) {
  try {
    return await earlierRun(client, scheduleId, start);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function earlierRun(client: Client, scheduleId: string, start: StartRun): Promise<RunReference> {
  const { workflowId, runId, memo } = await client.workflow.getHandle(start.workflowId).describe();
  if (start.requestDigest === undefined) {
    throw new AlmanacError(
      'conflict',
      `not started: ${workflowId} (run ${runId}) of schedule ${scheduleId} is running`,
      {
        details: [{ path: 'scheduledTime', message: 'this run is in the way', value: { workflowId, runId } }],
      },
    );
  }
  if (memo?.[requestDigestKey] === start.requestDigest) return { workflowId, runId };
  throw new AlmanacError('conflict', 'this Idempotency-Key was used for another request: take a new key', {
    details: [{ path: 'Idempotency-Key', message: 'its run is this one', value: { workflowId, runId } }],
  });
}

const pipelineArgument = z.looseObject({ scheduleId: z.string(), steps: z.array(z.unknown()) });

/** The one argument of the run: a pipeline's says who started it and for when; a user workflow's is its input alone. */
async function argumentOf(
  client: Client,
  live: LiveSchedule,
  type: string,
  { origin, input }: Pick<RunDetails, 'origin' | 'input'>,
) {
  const payloads = payloadsOf(client);
  const current = live.raw.schedule?.action?.startWorkflow?.input?.payloads;
  if (type === pipelineWorkflow) {
    const argument = pipelineArgument.parse(await payloads.decodeFirst(current));
    const changed: Partial<PipelineInput> = { origin, ...(input === undefined ? {} : { input }) };
    return payloads.encode({ ...argument, ...changed });
  }
  if (input === undefined) return current ?? [];
  // A schedule that somebody else made may start workflows that nobody registered here.
  return payloads.encode(registeredWorkflow(type) ? parseWorkflowInput(type, input, []) : input);
}
