import type { temporal } from '@temporalio/proto';
import { z } from 'zod';
import type { StepError } from '../../domain/errors.js';
import type { StepState } from '../../domain/pipeline.js';
import { type RunStatus, stepErrorView, stepStatus } from '../../domain/views.js';
import type { Payloads } from '../payloads.js';
import { failureToStepError } from './failure-to-step-error.js';

export interface RunOutcome {
  error: StepError | null;
  /** What a pipeline says of its steps in its result or failure. */
  reported: StepState[];
}

const reportedSteps = z
  .object({
    steps: z.array(
      z.object({
        id: z.string(),
        uses: z.string(),
        status: stepStatus,
        startTime: z.string().optional(),
        closeTime: z.string().optional(),
        error: stepErrorView.optional(),
      }),
    ),
  })
  .transform(({ steps }) => steps);

const reportedError = z.object({ error: stepErrorView }).transform(({ error }) => error);

/** How a run ended, by its last event. */
export async function readOutcome(
  status: RunStatus,
  last: temporal.api.history.v1.IHistoryEvent | undefined,
  payloads: Payloads,
): Promise<RunOutcome> {
  const none: RunOutcome = { error: null, reported: [] };
  if (status === 'timedOut') {
    return {
      error: { kind: 'Timeout', message: 'the run took longer than its runTimeout', retryable: true },
      reported: [],
    };
  }
  if (last?.workflowExecutionTerminatedEventAttributes) {
    const { reason } = last.workflowExecutionTerminatedEventAttributes;
    return { error: { kind: 'Terminated', message: reason || 'no reason given', retryable: false }, reported: [] };
  }
  if (last?.workflowExecutionCompletedEventAttributes) {
    const result = await payloads
      .decodeFirst(last.workflowExecutionCompletedEventAttributes.result?.payloads)
      .catch(() => undefined);
    return { error: null, reported: reportedSteps.safeParse(result).data ?? [] };
  }
  const failure = last?.workflowExecutionFailedEventAttributes?.failure;
  if (!failure) return none;
  const error = await failureToStepError(failure, payloads);
  return {
    // A pipeline's failure wraps the error of the step that failed it.
    error: reportedError.safeParse(error.details).data ?? error,
    reported: reportedSteps.safeParse(error.details).data ?? [],
  };
}
