import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { StepError } from '../../domain/errors.js';
import { ExpressionError } from '../../domain/evaluate.js';

const timeoutTexts: Record<string, string> = {
  START_TO_CLOSE: 'the attempt took longer than its attemptTimeout',
  SCHEDULE_TO_CLOSE: 'the step took longer than its timeout',
  SCHEDULE_TO_START: 'no worker took the step within its queueTimeout',
  HEARTBEAT: 'the step gave no sign of life within its heartbeat',
};

/**
 * The structured error of a step: its kind is the type of the failure at the root, also through a child workflow.
 *
 * @throws the error itself when it is neither a failure of Temporal's nor of an expression: a bug then fails the
 *   workflow task, which is tried again until a fixed worker is there, and not the run
 */
export function toStepError(error: unknown, step: string): StepError {
  if (error instanceof ExpressionError)
    return { kind: 'ExpressionError', message: error.message, retryable: false, step };
  const cause = rootOf(error);
  if (cause instanceof ApplicationFailure) {
    return {
      kind: cause.type ?? 'Error',
      message: cause.message,
      retryable: !cause.nonRetryable,
      step,
      ...(cause.details?.length ? { details: cause.details.length === 1 ? cause.details[0] : cause.details } : {}),
    };
  }
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause === undefined ? '' : `; last failure: ${cause.cause.message}`;
    return {
      kind: 'Timeout',
      message: `${timeoutTexts[cause.timeoutType ?? ''] ?? cause.message}${last}`,
      retryable: true,
      step,
    };
  }
  if (isCancellation(cause)) return { kind: 'Cancelled', message: 'cancelled from outside', retryable: false, step };
  if (cause instanceof TemporalFailure) return { kind: 'Error', message: cause.message, retryable: false, step };
  throw error;
}

function rootOf(error: unknown): unknown {
  let cause = error;
  while ((cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) && cause.cause)
    cause = cause.cause;
  return cause;
}
