import { ApplicationFailure } from '@temporalio/activity';

/**
 * Typed failures of outgoing requests. Messages name the method, the host and the status, never a path, a query or a
 * body: any of them may hold a secret.
 */
interface Target {
  method: string;
  host: string;
}

/** Statuses that may pass by themselves: the request is sent again as the retry of the step says. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export function httpError(target: Target, status: number, retryAfterMs?: number): ApplicationFailure {
  const { method, host } = target;
  return ApplicationFailure.create({
    type: 'HttpError',
    message: `${method} ${host} answered ${status}`,
    nonRetryable: !isPassing(status),
    details: [{ method, host, status }],
    ...(isPassing(status) && retryAfterMs !== undefined ? { nextRetryDelay: retryAfterMs } : {}),
  });
}

export function badRedirect({ method, host }: Target, status: number, reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`${method} ${host} answered ${status} and ${reason}`, 'HttpError', {
    method,
    host,
    status,
  });
}

export function forbiddenAddress({ method, host }: Target, reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${method} ${host} is not allowed: ${reason}; ALMANAC_HTTP_ALLOW of the worker lists the exceptions`,
    'ForbiddenAddress',
    { method, host },
  );
}

export function connectionFailed({ method, host }: Target, reason: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'ConnectionFailed',
    message: `${method} ${host} failed: ${reason}`,
    details: [{ method, host }],
    ...(cause instanceof Error ? { cause } : {}),
  });
}

export function bodyTooLarge({ method, host }: Target, limitBytes: number): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${method} ${host} answered with a body over the limit of ${limitBytes} bytes: have it written to S3 instead`,
    'BodyTooLarge',
    { method, host, limitBytes },
  );
}

/** The request was carried out, so it is not sent again. */
export function unknownEncoding({ method, host }: Target, encoding: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${method} ${host} answered with a body in content-encoding ${JSON.stringify(encoding)}, which is not known: gzip, deflate and br are`,
    'HttpError',
    { method, host },
  );
}

export function invalidInput(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput');
}
