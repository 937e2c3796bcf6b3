import { callbackRefusal } from '../../domain/callback/answers.js';
import type { CallbackIdentity } from '../../domain/callback/identity.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import type { AlmanacError } from '../../domain/errors.js';
import { type CallbackOutcome, lastFailureIdentity, type PendingActivity } from './outcome.js';
import { timestampMs } from './payloads.js';

/**
 * Why Temporal did not find the activity to be ended or beaten, told from what became of it: undefined when this very
 * call had been applied before (a duplicate), else the refusal of DESIGN §8's table.
 */
export function explainNotFound(
  claims: CallbackClaims,
  call: CallbackIdentity,
  outcome: CallbackOutcome,
): AlmanacError | undefined {
  if (outcome.kind === 'over') return callbackRefusal.over();
  if (outcome.kind === 'pending') return explainPending(claims, call, outcome.activity);
  if (call.operation === 'heartbeat') return callbackRefusal.over();
  if (isSameCall(call, outcome.by)) return undefined;
  // The worker itself gave up on the outgoing request, or the run cancelled the step: nothing was delivered.
  if (outcome.by === undefined && outcome.how !== 'completed') return callbackRefusal.over();
  return callbackRefusal.otherOutcome(outcome.by?.operation);
}

/** An activity that is not started (in back-off, or queued for a worker) can be completed by its id, but nothing else. */
function explainPending(
  claims: CallbackClaims,
  call: CallbackIdentity,
  activity: PendingActivity,
): AlmanacError | undefined {
  if (isRepeat(claims, call, activity)) return undefined;
  if (call.operation === 'cancel') return callbackRefusal.noCancelAsked();
  const next = timestampMs(activity.nextAttemptScheduleTime);
  const seconds = next === undefined ? 1 : Math.ceil((next - Date.now()) / 1000);
  return callbackRefusal.betweenAttempts(Math.min(Math.max(seconds, 1), 60));
}

/**
 * Had this very call failed an attempt before? Each attempt may fail with the same words, so the bytes alone do not tell: what comes
 * through links that are younger than the failure is the answer to a later attempt. Links that an operator made count from the
 * attempt that they were made in.
 */
export function isRepeat({ attempt }: CallbackClaims, call: CallbackIdentity, activity: PendingActivity): boolean {
  const last = lastFailureIdentity(activity);
  return isSameCall(call, last) && (call.jti === last?.jti || attempt < (activity.attempt ?? 1));
}

/** By operation and bytes: links of other attempts are links of the same callback, so the token's own id does not count. */
export function isSameCall(call: CallbackIdentity, earlier: CallbackIdentity | undefined): boolean {
  return earlier !== undefined && earlier.operation === call.operation && earlier.sha256 === call.sha256;
}
