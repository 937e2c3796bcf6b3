import { AlmanacError } from '../errors.js';
import type { CallbackOperation } from '../views.js';

/** The refusals of DESIGN §8's table, each in one sentence that says what to do next. */
export const callbackRefusal = {
  /** One body for every token that does not open: forged, of another key, cut short. No hint why. */
  unknownToken: () => new AlmanacError('not-found', 'there is no such callback'),
  operationNotAllowed: (operation: CallbackOperation) =>
    new AlmanacError('forbidden', `this callback link does not allow ${operation}`),
  expired: (expiresAt: number) =>
    new AlmanacError('gone', `this callback link expired at ${new Date(expiresAt).toISOString()}`),
  over: () => new AlmanacError('gone', 'the step that this callback belongs to is over, or its run is'),
  otherOutcome: (first?: CallbackOperation) =>
    new AlmanacError(
      'conflict',
      `another outcome was delivered first${first === undefined ? '' : `, by ${first}`}: this one was not applied`,
    ),
  noCancelAsked: () =>
    new AlmanacError('conflict', 'nobody asked for this step to be cancelled: complete or fail it instead'),
  betweenAttempts: (retryAfter: number) =>
    new AlmanacError('unavailable', 'the step is between two attempts: send the same request again', { retryAfter }),
  temporalDown: (cause: unknown) =>
    new AlmanacError('unavailable', 'Temporal did not answer in time: send the same request again', {
      retryAfter: 5,
      cause,
    }),
  secretsDown: () =>
    new AlmanacError('unavailable', 'Almanac could not read its keys in time: send the same request again', {
      retryAfter: 5,
      forOperator: true,
    }),
  temporalRefuses: (cause: unknown) =>
    new AlmanacError('unavailable', 'Almanac may not talk to Temporal now: send the same request again later', {
      retryAfter: 30,
      forOperator: true,
      cause,
    }),
  tooManyCalls: (retryAfter: number) =>
    new AlmanacError('throttled', 'too many calls to callback links: send the same request again later', {
      retryAfter,
    }),
  notSigned: (fault: string) =>
    new AlmanacError(
      'unauthenticated',
      `this callback takes only calls that are signed with the shared webhook secret (Standard Webhooks): ${fault}`,
    ),
  replayed: () =>
    new AlmanacError('conflict', 'a call with this webhook-id was applied before: give each new call an id of its own'),
  throttled: (cause: unknown) =>
    new AlmanacError('throttled', 'Temporal is over its rate limit: send the same request again', {
      retryAfter: 2,
      cause,
    }),
} as const;
