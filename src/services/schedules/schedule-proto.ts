import { msToTs } from '@temporalio/common/lib/time.js';
import protos, { type temporal } from '@temporalio/proto';
import Long from 'long';
import type { ExternalWorkflow } from '../../domain/definition/external-workflow.js';
import { defaultCatchupWindow, defaultOverlap, type OverlapPolicy } from '../../domain/definition/policies.js';
import { isStepsAction, type ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { type Duration, durationMs, parseDuration } from '../../domain/duration.js';
import type { PipelineInput } from '../../domain/pipeline.js';
import type { ScheduleState } from '../../domain/plan/carry-state.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import { memoKeys, pipelineWorkflow } from '../../domain/temporal-names.js';
import { encodeSearchAttributes, type Payloads } from '../payloads.js';
import { definitionDigest } from './definition-digest.js';
import { specToProto } from './spec-to-proto.js';
import { parseWorkflowInput } from './workflow-input.js';

type Schedule = temporal.api.schedule.v1.ISchedule;
type NewWorkflow = temporal.api.workflow.v1.INewWorkflowExecutionInfo;
const Overlap = protos.temporal.api.enums.v1.ScheduleOverlapPolicy;

export const overlapToProto = {
  skip: Overlap.SCHEDULE_OVERLAP_POLICY_SKIP,
  bufferOne: Overlap.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
  bufferAll: Overlap.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
  cancelOther: Overlap.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER,
  terminateOther: Overlap.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER,
  allowAll: Overlap.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
} as const satisfies Record<OverlapPolicy, number>;

export interface ScheduleProtoOptions {
  payloads: Payloads;
  owner: string;
  /** Task queue of an action that names none. */
  taskQueue: string;
  state: ScheduleState;
}

/** The whole schedule as the server takes it: spec as text, policies always explicit. */
export async function scheduleToProto(
  definition: ScheduleDefinition,
  options: ScheduleProtoOptions,
): Promise<Schedule> {
  const { policies } = definition;
  return {
    spec: specToProto(definition.spec),
    action: { startWorkflow: await actionToProto(definition, options) },
    policies: {
      overlapPolicy: overlapToProto[policies?.overlap ?? defaultOverlap],
      catchupWindow: durationToProto(policies?.catchupWindow ?? defaultCatchupWindow),
      pauseOnFailure: policies?.pauseOnFailure ?? false,
    },
    state: stateToProto(options.state),
  };
}

export function stateToProto({ paused, note, remainingActions }: ScheduleState): Schedule['state'] {
  if (remainingActions === undefined) return { paused, notes: note };
  return { paused, notes: note, limitedActions: true, remainingActions: Long.fromNumber(remainingActions) };
}

/** Search attributes of the schedule itself: `list` shows them, so digest, owner and tags need no describe. */
export function scheduleSearchAttributes(definition: ScheduleDefinition, owner: string) {
  return encodeSearchAttributes({
    AlmanacOwner: owner,
    AlmanacDigest: definitionDigest(definition),
    AlmanacTags: definition.tags?.length ? definition.tags : undefined,
  });
}

async function actionToProto(
  definition: ScheduleDefinition,
  { payloads, owner, taskQueue }: ScheduleProtoOptions,
): Promise<NewWorkflow> {
  const { action, description } = definition;
  const [summary] = await payloads.encode(description?.split('\n')[0]?.slice(0, 200) ?? definition.id);
  const [details] = description === undefined ? [] : await payloads.encode(description);
  return {
    // The server appends the nominal time.
    workflowId: definition.id,
    workflowType: { name: isStepsAction(action) ? pipelineWorkflow : action.workflow },
    taskQueue: { name: action.taskQueue ?? taskQueue },
    input: { payloads: await payloads.encode(...workflowArguments(definition)) },
    workflowRunTimeout: action.runTimeout === undefined ? undefined : durationToProto(action.runTimeout),
    ...(isStepsAction(action) || action.external === undefined ? {} : externalToProto(action.external)),
    memo: { fields: await payloads.encodeMap({ ...action.memo, [memoKeys.definition]: definition }) },
    searchAttributes: {
      indexedFields: encodeSearchAttributes({
        ...action.searchAttributes,
        AlmanacScheduleId: definition.id,
        AlmanacOwner: owner,
      }),
    },
    userMetadata: { summary, details },
  };
}

/** What a workflow of another application is started with beside what every action has. */
function externalToProto({ workflowId, executionTimeout, taskTimeout, retry }: ExternalWorkflow): NewWorkflow {
  return {
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(executionTimeout === undefined ? {} : { workflowExecutionTimeout: durationToProto(executionTimeout) }),
    ...(taskTimeout === undefined ? {} : { workflowTaskTimeout: durationToProto(taskTimeout) }),
    ...(retry === undefined ? {} : { retryPolicy: retryToProto(retry) }),
  };
}

function retryToProto(retry: NonNullable<ExternalWorkflow['retry']>): NewWorkflow['retryPolicy'] {
  const { maximumAttempts, initialInterval, backoff, maximumInterval, nonRetryable } = retry;
  return {
    // The server wants the first two in every policy; these are its own defaults.
    initialInterval: durationToProto(initialInterval ?? '1s'),
    backoffCoefficient: backoff ?? 2,
    ...(maximumAttempts === undefined ? {} : { maximumAttempts }),
    ...(maximumInterval === undefined ? {} : { maximumInterval: durationToProto(maximumInterval) }),
    ...(nonRetryable === undefined ? {} : { nonRetryableErrorTypes: nonRetryable }),
  };
}

/** The arguments of the workflow that an action starts; one, but for workflows of other applications. */
export function workflowArguments(definition: ScheduleDefinition): unknown[] {
  const { action, spec } = definition;
  if (!isStepsAction(action)) {
    if (action.external === undefined) return [parseWorkflowInput(action.workflow, action.input, ['action'])];
    return action.external.arguments ?? (action.input === undefined ? [] : [action.input]);
  }
  const input: PipelineInput = {
    scheduleId: definition.id,
    timezone: compileSpec(spec).timezone,
    steps: action.steps,
    ...(action.onFailure === undefined ? {} : { onFailure: action.onFailure }),
    input: action.input ?? null,
  };
  return [input];
}

function durationToProto(text: Duration | typeof defaultCatchupWindow | '1s') {
  return msToTs(parseDuration(text) ?? durationMs(text as Duration));
}
