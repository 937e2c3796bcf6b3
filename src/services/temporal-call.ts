import { type Client, isGrpcServiceError } from '@temporalio/client';
import { AlmanacError } from '../domain/errors.js';
import { inTime } from './in-time.js';

/** gRPC status codes, by https://grpc.io/docs/guides/status-codes/. */
const grpc = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Milliseconds that a use case may wait for Temporal in all: an HTTP caller gets its 503 within seconds. */
export const defaultDeadlineMs = 4_000;

export interface CallOptions {
  /** What was not found or already exists, such as `schedule nightly`. */
  subject?: string;
  deadlineMs?: number;
}

/** Makes Temporal calls under one deadline; what goes wrong comes back as an {@link AlmanacError}. */
export async function callTemporal<T>(client: Client, call: () => Promise<T>, options: CallOptions = {}): Promise<T> {
  const deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
  try {
    // The SDK waits out its backoff before it notices that the deadline is over: the caller does not.
    return await inTime(deadlineMs + 100, client.withDeadline(Date.now() + deadlineMs, call), () => unavailable());
  } catch (error) {
    throw temporalError(error, options.subject);
  }
}

function unavailable(cause?: unknown): AlmanacError {
  return new AlmanacError('unavailable', 'the Temporal server does not answer: try again in a few seconds', {
    cause,
    retryAfter: 5,
  });
}

/** The Almanac error of whatever a Temporal call threw; an AlmanacError stays as it is. */
export function temporalError(error: unknown, subject = 'it'): Error {
  if (error instanceof AlmanacError) return error;
  const status = grpcStatus(error);
  if (status === undefined) return error instanceof Error ? error : new Error(String(error));
  const options = { cause: error };
  switch (status.code) {
    case grpc.unavailable:
    case grpc.deadlineExceeded:
    case grpc.cancelled:
      return unavailable(error);
    case grpc.resourceExhausted:
      return new AlmanacError('throttled', `the Temporal server is over its limit: ${status.details}`, {
        ...options,
        retryAfter: 2,
      });
    case grpc.notFound:
      return new AlmanacError('not-found', `${subject} does not exist`, options);
    case grpc.alreadyExists:
      return new AlmanacError('already-exists', `${subject} already exists`, options);
    case grpc.invalidArgument:
      return new AlmanacError('invalid-input', `Temporal refuses ${subject}: ${status.details}`, options);
    case grpc.failedPrecondition:
      return new AlmanacError('conflict', `${subject} changed meanwhile: ${status.details}`, options);
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return new AlmanacError(
        'failed',
        `the Temporal server refuses Almanac's credentials (${status.details}): check TEMPORAL_API_KEY or the client certificate`,
        options,
      );
    default:
      return new AlmanacError('internal', `Temporal answered: ${status.details}`, options);
  }
}

export function isNotFound(error: unknown): boolean {
  return grpcStatus(error)?.code === grpc.notFound || (error instanceof AlmanacError && error.code === 'not-found');
}

export function isAlreadyExists(error: unknown): boolean {
  return grpcStatus(error)?.code === grpc.alreadyExists;
}

/** The SDK wraps gRPC errors in its own with the original as the cause. */
function grpcStatus(error: unknown): { code: number; details: string } | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (isGrpcServiceError(current)) return { code: current.code, details: current.details || current.message };
    const code = codeOfSdkError[current.name];
    if (code !== undefined) return { code, details: current.message };
  }
  return undefined;
}

const codeOfSdkError: Partial<Record<string, number>> = {
  WorkflowNotFoundError: grpc.notFound,
  ScheduleNotFoundError: grpc.notFound,
  NamespaceNotFoundError: grpc.notFound,
  WorkflowExecutionAlreadyStartedError: grpc.alreadyExists,
};
