import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { google, temporal } from '@temporalio/proto';
import { isRecord } from '../../domain/definition/fault.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { formatDuration } from '../../domain/duration.js';
import type { ScheduleForm } from '../../domain/plan/schedule-form.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import { memoKeys, pipelineWorkflow } from '../../domain/temporal-names.js';
import { keywordsOf, type Payloads, payloadsOf } from '../payloads.js';
import { readPolicies } from './live-policies.js';
import type { LiveSchedule } from './live-schedule.js';
import { scheduleToProto } from './schedule-proto.js';
import { specFromProto } from './spec-from-proto.js';

type Schedule = temporal.api.schedule.v1.ISchedule;
type NewWorkflow = temporal.api.workflow.v1.INewWorkflowExecutionInfo;
type Json = Record<string, unknown>;

/** What a live schedule is made of. */
export async function formOfLive(client: Client, { id, raw }: LiveSchedule): Promise<ScheduleForm> {
  const schedule = raw.schedule ?? {};
  const tags = keywordsOf(raw.searchAttributes?.indexedFields, 'AlmanacTags');
  return {
    spec: specFromProto(schedule.spec ?? {}),
    rest: await restOf(schedule, { id, tags, payloads: payloadsOf(client) }),
  };
}

/**
 * What a definition becomes on the server: what would be sent is read as what is live is, so that equal schedules have equal forms.
 * @throws AlmanacError `invalid-input` when its workflow refuses the input
 */
export async function formOfDefinition(
  client: Client,
  definition: ScheduleDefinition,
  taskQueue: string,
): Promise<ScheduleForm> {
  const payloads = payloadsOf(client);
  const state = { paused: false, note: '' };
  const schedule = await scheduleToProto(definition, { payloads, owner: '', taskQueue, state });
  const { id, tags = [] } = definition;
  return { spec: compileSpec(definition.spec), rest: await restOf(schedule, { id, tags, payloads }) };
}

interface Context {
  id: string;
  tags: readonly string[];
  payloads: Payloads;
}

async function restOf({ action, policies }: Schedule, context: Context): Promise<Json> {
  const workflow = action?.startWorkflow ?? {};
  const description = await describedAs(workflow, context);
  const { overlap, catchupWindow, pauseOnFailure } = readPolicies(policies, []);
  return {
    ...(description === undefined ? {} : { description }),
    // A keyword list is a set.
    ...(context.tags.length === 0 ? {} : { tags: context.tags.toSorted() }),
    policies: {
      overlap,
      catchupWindow: formatDuration(catchupWindow),
      pauseOnFailure,
      ...(policies?.keepOriginalWorkflowId ? { keepOriginalWorkflowId: true } : {}),
    },
    action: await actionOf(workflow, context),
  };
}

/** Ours stands in the details; of others the summary may be all there is. Without a description the summary is the id. */
async function describedAs({ userMetadata }: NewWorkflow, { id, payloads }: Context): Promise<unknown> {
  const details = await decoded(payloads, userMetadata?.details);
  if (details !== undefined && details !== '') return details;
  const summary = await decoded(payloads, userMetadata?.summary);
  return summary === id || summary === '' ? undefined : summary;
}

async function actionOf(workflow: NewWorkflow, { id, payloads }: Context): Promise<Json> {
  const { workflowType, taskQueue, input, memo, searchAttributes, workflowId } = workflow;
  const { [memoKeys.definition]: _, ...ownMemo } = await decodedMap(payloads, memo?.fields);
  const { AlmanacScheduleId: _id, AlmanacOwner: _owner, ...attributes } = searchAttributes?.indexedFields ?? {};
  return {
    ...workOf(workflowType?.name ?? '', await decodedList(payloads, input?.payloads)),
    taskQueue: taskQueue?.name ?? '',
    ...(workflowId === id ? {} : { workflowId }),
    ...textOf('runTimeout', workflow.workflowRunTimeout),
    ...textOf('executionTimeout', workflow.workflowExecutionTimeout),
    ...taskTimeoutOf(workflow.workflowTaskTimeout),
    ...(workflow.retryPolicy ? { retry: retryOf(workflow.retryPolicy) } : {}),
    ...unlessEmpty('memo', ownMemo),
    ...unlessEmpty('searchAttributes', plainAttributes(attributes)),
    ...othersOf(workflow),
  };
}

/** A pipeline's argument in the words of the file; any other workflow by name and arguments. */
function workOf(name: string, args: readonly unknown[]): Json {
  const [first] = args;
  if (name !== pipelineWorkflow || !isRecord(first) || args.length > 1) {
    return { workflow: name, ...(args.length > 1 ? { arguments: args } : { input: first ?? null }) };
  }
  const { scheduleId: _, timezone: _timezone, ...work } = first;
  return work;
}

const handled = new Set([
  'workflowId',
  'workflowType',
  'taskQueue',
  'input',
  'workflowRunTimeout',
  'workflowExecutionTimeout',
  'workflowTaskTimeout',
  'retryPolicy',
  'memo',
  'searchAttributes',
  'userMetadata',
]);

/** What schedule files have no word for: priority, headers and so on, as the server has it. */
function othersOf(workflow: NewWorkflow): Json {
  const others = Object.entries(workflow).filter(([key, value]) => !handled.has(key) && !isDefault(value));
  return Object.fromEntries(others.map(([key, value]): [string, unknown] => [key, JSON.parse(JSON.stringify(value))]));
}

function isDefault(value: unknown): boolean {
  if (value === null || value === undefined || value === 0 || value === '' || value === false) return true;
  return typeof value === 'object' && Object.values(value).every(isDefault);
}

function retryOf(policy: temporal.api.common.v1.IRetryPolicy): Json {
  return {
    ...textOf('initialInterval', policy.initialInterval),
    ...textOf('maximumInterval', policy.maximumInterval),
    ...(policy.backoffCoefficient ? { backoff: policy.backoffCoefficient } : {}),
    ...(policy.maximumAttempts ? { maximumAttempts: policy.maximumAttempts } : {}),
    ...(policy.nonRetryableErrorTypes?.length ? { nonRetryable: policy.nonRetryableErrorTypes } : {}),
  };
}

function durationText(duration: google.protobuf.IDuration | null | undefined): string | undefined {
  const ms = optionalTsToMs(duration);
  return ms === undefined || ms === 0 ? undefined : formatDuration(ms);
}

function textOf(key: string, duration: google.protobuf.IDuration | null | undefined): Json {
  const text = durationText(duration);
  return text === undefined ? {} : { [key]: text };
}

/** The server's own 10 s are as good as none. */
function taskTimeoutOf(duration: google.protobuf.IDuration | null | undefined): Json {
  return durationText(duration) === '10s' ? {} : textOf('taskTimeout', duration);
}

function unlessEmpty(key: string, value: Json): Json {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

function plainAttributes(fields: Record<string, Payload>): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([name, payload]): [string, unknown] => [
      name,
      defaultPayloadConverter.fromPayload(payload),
    ]),
  );
}

/** Stands for what somebody else's codec wrote. */
const unreadable = '(cannot be decoded)';

async function decoded(payloads: Payloads, payload: Payload | null | undefined): Promise<unknown> {
  if (!payload) return undefined;
  try {
    return await payloads.decodeFirst([payload]);
  } catch {
    return unreadable;
  }
}

async function decodedList(payloads: Payloads, list: Payload[] | null | undefined): Promise<unknown[]> {
  return Promise.all((list ?? []).map((payload) => decoded(payloads, payload)));
}

async function decodedMap(payloads: Payloads, fields: Record<string, Payload> | null | undefined): Promise<Json> {
  const entries = Object.entries(fields ?? {}).map(
    async ([key, payload]): Promise<[string, unknown]> => [key, await decoded(payloads, payload)],
  );
  return Object.fromEntries(await Promise.all(entries));
}
