import { msToTs } from '@temporalio/common/lib/time.js';
import protos, { type temporal } from '@temporalio/proto';
import { defaultCatchupWindow, defaultOverlap, type OverlapPolicy } from '../../domain/definition/policies.js';
import { isStepsAction, type ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { type Duration, durationMs, parseDuration } from '../../domain/duration.js';
import type { PipelineInput } from '../../domain/pipeline.js';
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

export interface ScheduleState {
  paused: boolean;
  note: string;
}

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
    state: { paused: options.state.paused, notes: options.state.note },
  };
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
    input: { payloads: await payloads.encode(workflowArgument(definition)) },
    workflowRunTimeout: action.runTimeout === undefined ? undefined : durationToProto(action.runTimeout),
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

/** The one argument of the workflow that an action starts. */
export function workflowArgument(definition: ScheduleDefinition): unknown {
  const { action, spec } = definition;
  if (!isStepsAction(action)) return parseWorkflowInput(action.workflow, action.input, ['action']);
  const input: PipelineInput = {
    scheduleId: definition.id,
    timezone: compileSpec(spec).timezone,
    steps: action.steps,
    ...(action.onFailure === undefined ? {} : { onFailure: action.onFailure }),
    input: action.input ?? null,
  };
  return input;
}

function durationToProto(text: Duration | typeof defaultCatchupWindow) {
  return msToTs(parseDuration(text) ?? durationMs(text as Duration));
}
