import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { stepsAction } from '../../domain/definition/schedule-definition.js';
import { formatDuration } from '../../domain/duration.js';
import { pipelineWorkflow } from '../../domain/temporal-names.js';
import { registeredWorkflow } from '../schedules/workflow-input.js';
import { type LiveAction, type LiveRetry, present } from './live-action.js';

/** The `action` of a schedule file as plain JSON, before it is checked. */
export type ActionText = Record<string, unknown>;

/**
 * An action that starts what a live one starts: steps where it is a pipeline of ours, a registered workflow where name and
 * input are such, and else a workflow of another application.
 */
export function actionFromLive(live: LiveAction, scheduleId: string): ActionText {
  const shared = {
    taskQueue: live.taskQueue,
    ...present('runTimeout', text(live.runTimeout)),
    ...present('memo', filled(live.memo)),
    ...present('searchAttributes', filled(live.searchAttributes)),
  };
  const external = externalText(live, scheduleId);
  if (Object.keys(external).length === 0) {
    const steps = stepsText(live, scheduleId);
    if (steps !== undefined) return { ...steps, ...shared };
    if (isRegistered(live)) return { workflow: live.workflow, input: live.arguments[0], ...shared };
  }
  const [input, ...more] = live.arguments;
  return {
    workflow: live.workflow,
    ...(input !== undefined && more.length === 0 ? { input } : {}),
    external: { ...external, ...(more.length === 0 ? {} : { arguments: live.arguments }) },
    ...shared,
  };
}

const pipelineArgument = z.strictObject({
  scheduleId: z.string(),
  timezone: z.string(),
  steps: stepsAction.shape.steps,
  onFailure: stepsAction.shape.onFailure,
  input: z.json(),
});

function stepsText(live: LiveAction, scheduleId: string): ActionText | undefined {
  if (live.workflow !== pipelineWorkflow || live.arguments.length !== 1) return undefined;
  const parsed = pipelineArgument.safeParse(live.arguments[0]);
  if (!parsed.success || parsed.data.scheduleId !== scheduleId) return undefined;
  const { steps, onFailure, input } = parsed.data;
  return { ...present('input', input ?? undefined), steps, ...present('onFailure', onFailure) };
}

/** Defaults that the input's schema fills in would change it: such an input is taken as it is, as another application's. */
function isRegistered(live: LiveAction): boolean {
  const parsed = registeredWorkflow(live.workflow)?.input.safeParse(live.arguments[0]);
  return parsed?.success === true && live.arguments.length === 1 && isDeepStrictEqual(parsed.data, live.arguments[0]);
}

function externalText(live: LiveAction, scheduleId: string): ActionText {
  return {
    ...(live.workflowId === scheduleId ? {} : { workflowId: live.workflowId }),
    ...present('executionTimeout', text(live.executionTimeout)),
    ...present('taskTimeout', text(live.taskTimeout)),
    ...present('retry', live.retry === undefined ? undefined : retryText(live.retry)),
  };
}

function retryText({ initialInterval, maximumInterval, ...rest }: LiveRetry): ActionText {
  return {
    ...rest,
    ...present('initialInterval', text(initialInterval)),
    ...present('maximumInterval', text(maximumInterval)),
  };
}

function text(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms);
}

function filled(record: Record<string, unknown>): Record<string, unknown> | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}
