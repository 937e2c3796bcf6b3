import {
  ActivityCancelledError,
  ActivityPausedError,
  ActivityResetError,
  AsyncCompletionClient,
  type Client,
  isGrpcServiceError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { callbackRefusal } from '../../domain/callback/answers.js';
import type { CallbackBody } from '../../domain/callback/body.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { inTime } from '../in-time.js';

/** gRPC status codes as in https://grpc.io/docs/guides/status-codes. */
export const grpcCode = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const passing: readonly number[] = [
  grpcCode.unknown,
  grpcCode.deadlineExceeded,
  grpcCode.aborted,
  grpcCode.internal,
  grpcCode.unavailable,
];

/** Almanac's own credentials are at fault, not the caller's: with others the same call succeeds later. */
const refusing: readonly number[] = [grpcCode.permissionDenied, grpcCode.unauthenticated];

export function hasGrpcCode(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && error.code === code;
}

/** The SDK's completion client with its encoding of payloads, under an identity per call and with gRPC errors as they are. */
export class CompletionClient extends AsyncCompletionClient {
  /** The same client under another identity; a new one for each call would load the data converter each time. */
  under(identity: string): CompletionClient {
    return Object.create(this, { options: { value: { ...this.options, identity } } });
  }

  protected override handleError(error: unknown): never {
    throw error;
  }
}

export function createCompletionClient(client: Client): CompletionClient {
  const { connection, options } = client;
  return new CompletionClient({ connection, namespace: options.namespace, dataConverter: options.dataConverter });
}

/** The calls that end or touch one activity of one run, each under the given identity. Errors are gRPC's own. */
export function activityCalls(
  completions: CompletionClient,
  { workflowId, runId, activityId }: CallbackClaims,
  identity: string,
) {
  const calls = completions.under(identity);
  const id = { workflowId, runId, activityId };
  return {
    complete: (output: unknown): Promise<void> => calls.complete(id, output ?? null),
    fail: (body: CallbackBody<'fail'>): Promise<void> => calls.fail(id, toFailure(calls.options, body, identity)),
    cancel: (details: unknown): Promise<void> => calls.reportCancellation(id, details),
    /** True when somebody asked for the activity to be cancelled. The SDK tells so by an error after the beat was recorded. */
    heartbeat: async (details: unknown): Promise<boolean> => {
      try {
        await calls.heartbeat(id, details);
        return false;
      } catch (error) {
        if (error instanceof ActivityCancelledError) return true;
        if (error instanceof ActivityPausedError || error instanceof ActivityResetError) return false;
        throw error;
      }
    },
  };
}

/**
 * The failure that the step gets. A retryable one leaves no event in the history, only the pending activity's last
 * failure, so its `source` carries the identity by which a repeat is recognised.
 */
function toFailure(
  { loadedDataConverter }: CompletionClient['options'],
  body: CallbackBody<'fail'>,
  identity: string,
): Error {
  const error = ApplicationFailure.create({
    message: body.message,
    type: body.code ?? 'CallbackFailed',
    nonRetryable: !(body.retryable ?? false),
    ...(body.details === undefined ? {} : { details: [body.details] }),
  });
  const { failureConverter, payloadConverter } = loadedDataConverter;
  const failure = failureConverter.errorToFailure(error, payloadConverter);
  error.failure = { ...failure, source: identity, stackTrace: '' };
  return error;
}

/**
 * Runs calls to Temporal so that an answer comes within `budgetMs`, also while the server is down or frozen.
 *
 * @throws AlmanacError `unavailable` or `throttled`, with a time to come back
 */
export async function answerWithin<T>(client: Client, budgetMs: number, calls: () => Promise<T>): Promise<T> {
  try {
    const answer = client.withDeadline(Date.now() + budgetMs, calls);
    // gRPC honours the deadline in its own calls; encoding and S3 are beside them.
    return await inTime(budgetMs + 250, answer, () => callbackRefusal.temporalDown(undefined));
  } catch (error) {
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    if (hasGrpcCode(cause, grpcCode.resourceExhausted)) throw callbackRefusal.throttled(error);
    if (isGrpcServiceError(cause) && passing.includes(cause.code)) throw callbackRefusal.temporalDown(error);
    if (isGrpcServiceError(cause) && refusing.includes(cause.code)) throw callbackRefusal.temporalRefuses(error);
    throw error;
  }
}
