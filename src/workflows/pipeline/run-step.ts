import {
  ActivityCancellationType,
  type ActivityOptions,
  ApplicationFailure,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { callbackExpiry } from '../../domain/callback/urls.js';
import type { Step } from '../../domain/definition/step.js';
import { durationMs, parseDuration } from '../../domain/duration.js';
import type { ExpressionScope } from '../../domain/evaluate.js';
import { type StepActivities, type StepWith, stepKinds } from '../../domain/steps/registry.js';
import { workflowRegistry } from '../../domain/workflow-registry.js';
import { awaitCallback, withCancelGrace } from './await-callback.js';
import type { CancelNotices } from './cancel-notices.js';
import { sweepAfter } from './sweep-after.js';

// Compiling a schema pays off after many uses; a workflow uses each once or twice.
z.config({ jitless: true });

export interface StepContext {
  scope: ExpressionScope;
  /** Path of the step in the definition, for messages. */
  path: string;
  scheduleId: string;
  /** Where partners of callbacks are told that nobody waits any more. */
  notices: CancelNotices;
}

/**
 * Carries a step out with fields that fit its schema. Not an async function, as the SDK makes a stack trace for each promise of a
 * workflow.
 */
export function runStep(step: Step, fields: unknown, context: StepContext): Promise<unknown> {
  switch (step.uses) {
    case 'wait':
      return waitStep(step, fields as StepWith<'wait'>);
    case 'workflow':
      return childStep(step, fields as StepWith<'workflow'>, context);
    default:
      return activityStep(step, step.uses, fields, context);
  }
}

/**
 * What expressions yielded meets the same schema as what stands in a file.
 *
 * @throws ApplicationFailure InvalidInput, which fails the step and is never retried
 */
export function checkFields(uses: Step['uses'], fields: unknown, path: string): unknown {
  return check(stepKinds[uses].resolved, fields, path);
}

function check(schema: z.ZodType, value: unknown, path: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    path: [path, ...issue.path].join('.'),
    message: issue.message,
  }));
  throw ApplicationFailure.nonRetryable(
    `the input is not usable: ${issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`,
    'InvalidInput',
    issues,
  );
}

async function waitStep(step: Step, { duration, until }: StepWith<'wait'>): Promise<object> {
  const ms = duration === undefined ? Date.parse(until as string) - Date.now() : durationMs(duration);
  const limit = step.timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(step.timeout);
  if (ms > 0) await sleep(Math.min(ms, limit), { summary: step.id });
  if (ms > limit) throw ApplicationFailure.nonRetryable(`still waiting after ${step.timeout}`, 'Timeout');
  return {};
}

function childStep(step: Step, { name, input }: StepWith<'workflow'>, context: StepContext): Promise<unknown> {
  const registered = (workflowRegistry as Record<string, { input: z.ZodType } | undefined>)[name];
  if (!registered) {
    throw ApplicationFailure.nonRetryable(`no workflow is registered as ${JSON.stringify(name)}`, 'InvalidInput');
  }
  const args = [check(registered.input, input ?? {}, `${context.path}.with.input`)];
  return executeChild(name, {
    args,
    workflowId: `${workflowInfo().workflowId}/${step.id}`,
    workflowExecutionTimeout: timeoutOf(step),
    ...(step.attemptTimeout === undefined ? {} : { workflowRunTimeout: durationMs(step.attemptTimeout) }),
    retry: retryOf(step),
    staticSummary: `${step.id} of ${context.scheduleId}`,
    // A parent that ends early asks its children to end too; one that is cancelled waits until they have.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

function activityStep(
  step: Step,
  uses: keyof StepActivities,
  resolved: unknown,
  context: StepContext,
): Promise<unknown> {
  const activities = proxyActivities<Record<string, (call: unknown) => Promise<unknown>>>(activityOptions(step));
  const pending = (activities[uses] as (call: unknown) => Promise<unknown>)({
    scheduleId: context.scheduleId,
    stepId: step.id,
    scheduledTime: context.scope.run.scheduledTime,
    with: resolved,
  });
  if (uses === 'http.callback') return awaitPartner(step, resolved as StepWith<'http.callback'>, context, pending);
  if (uses === 's3.copy' || uses === 's3.transform' || uses === 's3.inspect') {
    return sweepAfter(step.id, pending, (resolved as StepWith<typeof uses>).target);
  }
  // Who got the links of a callback.wait sees on their page that it is over.
  return stepKinds[uses].execution === 'callback' ? withCancelGrace(pending) : pending;
}

function awaitPartner(
  step: Step,
  { url, headers, signed }: StepWith<'http.callback'>,
  { scheduleId, scope, notices }: StepContext,
  pending: Promise<unknown>,
): Promise<unknown> {
  const endsAt = Date.now() + timeoutOf(step);
  return awaitCallback(pending, endsAt, (reason, withinMs) =>
    notices.send(
      {
        scheduleId,
        stepId: step.id,
        scheduledTime: scope.run.scheduledTime,
        reason,
        expiresAt: callbackExpiry(endsAt),
        with: { url, ...(headers === undefined ? {} : { headers }), ...(signed === true ? { signed } : {}) },
      },
      withinMs,
    ),
  );
}

function activityOptions(step: Step): ActivityOptions {
  const { defaults, execution } = stepKinds[step.uses];
  // A callback beats only when its partner agreed to: the step has to ask for it.
  const heartbeat = step.heartbeat ?? (execution === 'callback' ? undefined : defaults.heartbeat);
  return {
    activityId: step.id,
    summary: step.id,
    scheduleToCloseTimeout: timeoutOf(step),
    ...(step.attemptTimeout === undefined ? {} : { startToCloseTimeout: durationMs(step.attemptTimeout) }),
    ...(step.queueTimeout === undefined ? {} : { scheduleToStartTimeout: durationMs(step.queueTimeout) }),
    ...(heartbeat === undefined ? {} : { heartbeatTimeout: parseDuration(heartbeat) as number }),
    retry: retryOf(step),
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
}

function timeoutOf(step: Step): number {
  return parseDuration(step.timeout ?? stepKinds[step.uses].defaults.timeout) as number;
}

function retryOf(step: Step) {
  const { retry } = step;
  const defaults: { maximumAttempts?: number } = stepKinds[step.uses].defaults;
  const maximumAttempts = retry?.maximumAttempts ?? defaults.maximumAttempts;
  const initialInterval = retry?.initialInterval === undefined ? 1_000 : durationMs(retry.initialInterval);
  return {
    initialInterval,
    backoffCoefficient: retry?.backoff ?? 2,
    // Never shorter than the first wait: Temporal refuses such a policy, and the run would hang.
    maximumInterval:
      retry?.maximumInterval === undefined ? Math.max(60_000, initialInterval) : durationMs(retry.maximumInterval),
    ...(maximumAttempts === undefined ? {} : { maximumAttempts }),
    ...(retry?.nonRetryable ? { nonRetryableErrorTypes: retry.nonRetryable } : {}),
  };
}
