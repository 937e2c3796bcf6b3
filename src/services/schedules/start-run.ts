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
  const action = live.raw.schedule?.action?.startWorkflow;
  const type = action?.workflowType?.name;
  if (!action || !type) throw new AlmanacError('failed', `schedule ${live.id} does not start a workflow`);
  const payloads = payloadsOf(client);
  const memo = {
    ...action.memo?.fields,
    ...(await payloads.encodeMap({
      [memoKeys.triggeredBy]: start.triggeredBy,
      ...(start.requestDigest === undefined ? {} : { [requestDigestKey]: start.requestDigest }),
    })),
  };
  const marks = {
    AlmanacTrigger: 'manual',
    // What the server sets on the runs that it starts, so that a list reads one attribute for all.
    TemporalScheduledStartTime: start.scheduledTime.toISOString(),
    TemporalScheduledById: live.id,
  };
  const once = start.requestDigest !== undefined;
  try {
    const { runId } = await client.workflowService.startWorkflowExecution({
      ...action,
      namespace: client.options.namespace,
      identity: client.options.identity,
      requestId: randomUUID(),
      workflowId: start.workflowId,
      input: { payloads: await argumentOf(client, live, type, start) },
      memo: { fields: memo },
      searchAttributes: {
        indexedFields: { ...action.searchAttributes?.indexedFields, ...encodeSearchAttributes(marks) },
      },
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
async function argumentOf(client: Client, live: LiveSchedule, type: string, start: StartRun) {
  const payloads = payloadsOf(client);
  const current = live.raw.schedule?.action?.startWorkflow?.input?.payloads;
  if (type === pipelineWorkflow) {
    const origin: RunOrigin = { trigger: 'manual', scheduledTime: start.scheduledTime.toISOString() };
    const argument = pipelineArgument.parse(await payloads.decodeFirst(current));
    const changed: Partial<PipelineInput> = { origin, ...(start.input === undefined ? {} : { input: start.input }) };
    return payloads.encode({ ...argument, ...changed });
  }
  if (start.input === undefined) return current ?? [];
  // A schedule that somebody else made may start workflows that nobody registered here.
  const input = registeredWorkflow(type) ? parseWorkflowInput(type, start.input, []) : start.input;
  return payloads.encode(input);
}
