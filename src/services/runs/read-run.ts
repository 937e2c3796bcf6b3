import type { Client } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import protos, { type temporal } from '@temporalio/proto';
import { z } from 'zod';
import { scheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { PendingActivity, RunFacts } from '../../domain/runs/run-facts.js';
import { stepsFromHistory } from '../../domain/runs/steps-from-history.js';
import { memoKeys, pipelineWorkflow } from '../../domain/temporal-names.js';
import { progressView, type RunView } from '../../domain/views.js';
import { type Payloads, payloadsOf } from '../payloads.js';
import { failureToStepError } from './failure-to-step-error.js';
import { readHistory } from './read-history.js';
import { runEvents } from './run-events.js';
import { readOutcome } from './run-outcome.js';
import { toRunSummary } from './run-summary.js';

type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
const PendingState = protos.temporal.api.enums.v1.PendingActivityState;

const declaredStep = z.object({ id: z.string(), uses: z.string() });

const pipelineArgument = z.object({
  scheduleId: z.string(),
  steps: z.array(declaredStep),
  onFailure: z.array(declaredStep).default([]),
  origin: z
    .object({
      trigger: z.enum(['manual', 'backfill']),
      scheduledTime: z.iso.datetime(),
      backfillId: z.string().optional(),
    })
    .optional(),
});
type PipelineArgument = z.output<typeof pipelineArgument>;

/**
 * One run from its history and what is open now; no worker has to be alive.
 * @param runId left out, the latest run of the workflow id
 */
export async function readRun(client: Client, workflowId: string, runId?: string): Promise<RunView> {
  const payloads = payloadsOf(client);
  const described = await client.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId, runId: runId ?? '' },
  });
  const info = described.workflowExecutionInfo ?? {};
  const summary = toRunSummary(info);
  // The run id is pinned: a new run of the same workflow id may start between the two calls.
  const history = await readHistory(client, { workflowId, runId: summary.runId });
  const argument = await pipelineArgumentOf(info.type?.name, history, payloads);
  const memo = await payloads.decodeMap(info.memo?.fields);
  const { error, reported } = await readOutcome(summary.status, history.at(-1), payloads);
  const facts: RunFacts = {
    status: summary.status,
    declared: argument ?? declaredInMemo(info.type?.name, memo),
    events: await runEvents(workflowId, history, payloads),
    pending: await Promise.all((described.pendingActivities ?? []).map((activity) => toPending(activity, payloads))),
    reported,
  };
  const triggeredBy = memo[memoKeys.triggeredBy];
  return {
    ...summary,
    ...originOf(argument),
    ...(typeof triggeredBy === 'string' ? { triggeredBy } : {}),
    steps: stepsFromHistory(facts),
    error,
  };
}

async function pipelineArgumentOf(
  type: string | null | undefined,
  history: readonly temporal.api.history.v1.IHistoryEvent[],
  payloads: Payloads,
): Promise<PipelineArgument | undefined> {
  if (type !== pipelineWorkflow) return undefined;
  const input = history[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const value = await payloads.decodeFirst(input).catch(() => undefined);
  return pipelineArgument.safeParse(value).data;
}

/** Where the argument can't be read, the definition in the memo has the same steps. */
function declaredInMemo(type: string | null | undefined, memo: Record<string, unknown>): RunFacts['declared'] {
  if (type !== pipelineWorkflow) return undefined;
  const definition = scheduleDefinition.safeParse(memo[memoKeys.definition]).data;
  if (definition === undefined || !('steps' in definition.action)) return undefined;
  return { steps: definition.action.steps, onFailure: definition.action.onFailure ?? [] };
}

function originOf(argument: PipelineArgument | undefined): Partial<RunView> {
  if (argument === undefined) return {};
  const { scheduleId, origin } = argument;
  if (origin === undefined) return { scheduleId };
  const { trigger, scheduledTime, backfillId } = origin;
  return {
    scheduleId,
    trigger,
    scheduledTime: new Date(scheduledTime).toISOString(),
    ...(backfillId === undefined ? {} : { backfillId }),
  };
}

async function toPending(activity: Pending, payloads: Payloads): Promise<PendingActivity> {
  const details = await payloads.decodeFirst(activity.heartbeatDetails?.payloads).catch(() => undefined);
  const progress = progressView.safeParse(details).data;
  const startTime = optionalTsToDate(activity.lastStartedTime)?.toISOString();
  return {
    stepId: activity.activityId ?? '',
    attempt: activity.attempt ?? 1,
    isStarted: activity.state === PendingState.PENDING_ACTIVITY_STATE_STARTED,
    ...(startTime === undefined ? {} : { startTime }),
    ...(progress === undefined ? {} : { progress }),
    ...(activity.lastFailure ? { lastError: await failureToStepError(activity.lastFailure, payloads) } : {}),
  };
}
