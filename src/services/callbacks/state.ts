import type { Client } from '@temporalio/client';
import protos from '@temporalio/proto';
import { callbackRefusal } from '../../domain/callback/answers.js';
import type { CallbackStateView } from '../../domain/callback/state-view.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { readOutcome } from './outcome.js';
import { readProgress } from './payloads.js';

const { PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: cancelRequestedState } =
  protos.temporal.api.enums.v1.PendingActivityState;

/** What the holder of a link may see of its step. Reads only. */
export async function readState(client: Client, claims: CallbackClaims): Promise<CallbackStateView> {
  const outcome = await readOutcome(client, claims);
  const known = {
    workflowId: claims.workflowId,
    runId: claims.runId,
    step: claims.activityId,
    operations: claims.operations,
    expiresAt: new Date(claims.expiresAt).toISOString(),
  };
  if (outcome.kind === 'ended' && (outcome.by !== undefined || outcome.how === 'completed')) {
    return { state: outcome.how, ...known, cancelRequested: false };
  }
  if (outcome.kind !== 'pending') throw callbackRefusal.over();
  const { activity } = outcome;
  const progress = await readProgress(client, activity.heartbeatDetails);
  return {
    state: 'waiting',
    ...known,
    attempt: activity.attempt ?? 1,
    cancelRequested: activity.state === cancelRequestedState,
    ...(progress === undefined ? {} : { progress }),
  };
}
