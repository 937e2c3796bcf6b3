import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AlmanacError, type ErrorCode, toProblem } from '../domain/errors.js';

/** Answers with an RFC 9457 problem; retryable ones say when to come back. */
export function problemResponse(c: Context, error: AlmanacError, headers: Record<string, string> = {}): Response {
  return c.body(JSON.stringify(toProblem(error)), error.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...retryAfterHeader(error),
    ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="almanac"' } : {}),
    ...headers,
  });
}

/** In seconds; none where coming back would not help. */
export function retryAfterHeader(error: AlmanacError): Record<string, string> {
  const retryAfter = error.retryAfter ?? (error.status === 429 || error.status === 503 ? 5 : undefined);
  return retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) };
}

const codeOfStatus: Partial<Record<number, ErrorCode>> = {
  400: 'invalid-input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'too-large',
  415: 'unsupported-media-type',
};

/** The expected failures keep their code; anything else is ours to mend and says nothing of the inside. */
export function asAlmanacError(error: unknown): AlmanacError {
  if (error instanceof AlmanacError) return error;
  if (error instanceof HTTPException) {
    return new AlmanacError(codeOfStatus[error.status] ?? 'internal', error.message, { cause: error });
  }
  return new AlmanacError('internal', 'something went wrong inside Almanac: the log of the API has the cause', {
    cause: error,
  });
}

/** Does the log get the cause? */
export function isFault(error: AlmanacError): boolean {
  return error.status === 500 || error.forOperator;
}

/** Called with what went wrong inside, before the caller gets a problem that does not tell. */
export type FaultReporter = (error: unknown, c: Context) => void;

export function problemErrorHandler(report: FaultReporter): ErrorHandler {
  return (error, c) => {
    const known = asAlmanacError(error);
    // What is down says so in its answer and in the access log; a stack helps only where we are at fault.
    if (isFault(known)) report(error, c);
    return problemResponse(c, known);
  };
}

export const problemNotFound: NotFoundHandler = (c) =>
  problemResponse(c, new AlmanacError('not-found', 'there is no such address: GET /openapi.json lists them all'));
