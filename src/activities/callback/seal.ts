import { ApplicationFailure, type Info } from '@temporalio/activity';
import type { Keyring, KeyringSource } from '../../domain/callback/keyring.js';
import { type CallbackClaims, newJti, sealToken } from '../../domain/callback/token.js';
import { type CallbackLinks, callbackBase, callbackExpiry, callbackLinks } from '../../domain/callback/urls.js';
import { AlmanacError } from '../../domain/errors.js';
import { callbackOperation } from '../../domain/views.js';
import type { ActivityDependencies } from '../dependencies.js';
import { scheduleToCloseDeadline } from '../http/attempt.js';

export interface SealedCallback {
  /** Address of the page; the four operations are below it. */
  base: string;
  links: CallbackLinks;
}

export interface SealTarget {
  /** Activity of the run that the links are for; the running one unless said. */
  activityId?: string;
  /** Attempt of that activity that the links belong to; the running one unless said. */
  attempt?: number;
  /** Milliseconds since the epoch; as long as the running activity may take unless said. */
  expiresAt?: number;
  /** Calls have to be signed besides. */
  signed?: boolean | undefined;
}

/** Makes links to an activity of the run, a new token at each call. */
export type SealCallback = (info: Info, target?: SealTarget) => Promise<SealedCallback>;

export function createSeal({
  callbackKeys,
  publicUrl,
}: Pick<ActivityDependencies, 'callbackKeys' | 'publicUrl'>): SealCallback {
  return async (info, target = {}) => {
    const { activityId = info.activityId, attempt = info.attempt, expiresAt = ownExpiry(), signed = false } = target;
    const keys = await requireKeys(callbackKeys);
    const base = callbackBase(publicUrl, await seal(keys, info, { activityId, attempt, expiresAt, signed }));
    return { base, links: callbackLinks(base, expiresAt) };
  };
}

function ownExpiry(): number {
  return callbackExpiry(scheduleToCloseDeadline());
}

type SealClaims = Pick<CallbackClaims, 'activityId' | 'attempt' | 'expiresAt' | 'signed'>;

async function seal(keys: Keyring, info: Info, claims: SealClaims): Promise<string> {
  if (info.workflowExecution === undefined) {
    throw ApplicationFailure.nonRetryable('a callback belongs to a step of a workflow run', 'InvalidInput');
  }
  try {
    return await sealToken(keys, {
      namespace: info.namespace,
      workflowId: info.workflowExecution.workflowId,
      runId: info.workflowExecution.runId,
      operations: [...callbackOperation.options],
      jti: newJti(),
      ...claims,
    });
  } catch (error) {
    if (error instanceof AlmanacError) throw ApplicationFailure.nonRetryable(error.message, 'InvalidInput');
    throw error;
  }
}

async function requireKeys(source: KeyringSource | undefined): Promise<Keyring> {
  if (source !== undefined) return source();
  throw ApplicationFailure.nonRetryable(
    'this worker has no keys for callback tokens: set ALMANAC_CALLBACK_KEYS_FILE, _SECRET or ALMANAC_CALLBACK_KEYS',
    'CallbackKeysMissing',
  );
}
