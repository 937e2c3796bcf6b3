import type { StepActivities } from '../../domain/steps/registry.js';
import type { ActivityDependencies } from '../dependencies.js';
import { beating, currentAttempt } from './attempt.js';
import { httpError } from './failures.js';
import { createOutgoing, isSuccess, type Outgoing, type OutgoingResponse } from './outgoing.js';
import { parseBody } from './read-body.js';
import { idempotencyKey, retryAfterMs, toRequest } from './step-request.js';

/** Longest answer of `http.request`: it becomes the output of the step. */
const maxAnswerBytes = 1024 * 1024;

/**
 * `http.request`: one request; any 2xx is its output.
 *
 * Failures: HttpError (retryable on 408, 429 and 5xx, when Retry-After says), ConnectionFailed (retryable), ForbiddenAddress,
 * BodyTooLarge, InvalidInput.
 */
export function createHttpActivities(
  deps: Pick<ActivityDependencies, 'httpAllow'>,
  send: Outgoing = createOutgoing({ allow: deps.httpAllow }),
): Pick<StepActivities, 'http.request'> {
  return {
    'http.request': async ({ stepId, with: step }) => {
      const { info, signal, timeoutMs } = currentAttempt();
      const request = toRequest(step, 'GET');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        request.headers['idempotency-key'] ??= idempotencyKey(info, stepId);
      }
      const answer = await beating(() => send({ ...request, signal, timeoutMs, maxBodyBytes: maxAnswerBytes }));
      assertSuccess(answer);
      return {
        status: answer.status,
        headers: flatten(answer.headers),
        body: parseBody(answer.body, answer.headers['content-type']),
      };
    },
  };
}

/** @throws ApplicationFailure HttpError unless the status is 2xx */
export function assertSuccess({ status, headers, target }: OutgoingResponse): void {
  if (isSuccess(status)) return;
  throw httpError(target, status, retryAfterMs(headers['retry-after']));
}

function flatten(headers: OutgoingResponse['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
