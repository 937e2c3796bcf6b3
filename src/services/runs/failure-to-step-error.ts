import protos, { type temporal } from '@temporalio/proto';
import type { StepError } from '../../domain/errors.js';
import type { Payloads } from '../payloads.js';

type Failure = temporal.api.failure.v1.IFailure;
const TimeoutType = protos.temporal.api.enums.v1.TimeoutType;

/** The same words as the pipeline workflow uses in `$error`. */
const timeoutTexts: Partial<Record<number, string>> = {
  [TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE]: 'the attempt took longer than its attemptTimeout',
  [TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE]: 'the step took longer than its timeout',
  [TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START]: 'no worker took the step within its queueTimeout',
  [TimeoutType.TIMEOUT_TYPE_HEARTBEAT]: 'the step gave no sign of life within its heartbeat',
};

/** The structured error behind a failure: activity and child workflow failures are wrappers, their cause has the kind. */
export async function failureToStepError(failure: Failure | null | undefined, payloads: Payloads): Promise<StepError> {
  const root = rootOf(failure);
  const message = root?.message || 'no message';
  if (root?.timeoutFailureInfo) {
    const last = root.cause?.message ? `; last failure: ${root.cause.message}` : '';
    const text = timeoutTexts[root.timeoutFailureInfo.timeoutType ?? 0] ?? message;
    return { kind: 'Timeout', message: `${text}${last}`, retryable: true };
  }
  if (root?.canceledFailureInfo) return { kind: 'Cancelled', message: 'cancelled from outside', retryable: false };
  if (root?.terminatedFailureInfo) return { kind: 'Terminated', message, retryable: false };
  const info = root?.applicationFailureInfo;
  const details: unknown = await payloads.decodeFirst(info?.details?.payloads).catch(() => undefined);
  return {
    kind: info?.type || 'Error',
    message,
    retryable: info ? !info.nonRetryable : false,
    ...(details === undefined || details === null ? {} : { details }),
  };
}

function rootOf(failure: Failure | null | undefined): Failure | null | undefined {
  let root = failure;
  while (root?.cause && (root.activityFailureInfo || root.childWorkflowExecutionFailureInfo)) root = root.cause;
  return root;
}
