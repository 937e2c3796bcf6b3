import { ApplicationFailure, type Info } from '@temporalio/activity';
import type { Keyring, KeyringSource } from '../../domain/callback/keyring.js';
import { newJti, sealToken } from '../../domain/callback/token.js';
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

/** Which activity of the run the links are for, and until when: milliseconds since the epoch. */
export interface SealTarget {
  activityId: string;
  expiresAt: number;
}

/** Makes links to an activity of the run, a new token at each call; unless said otherwise to the running one. */
export type SealCallback = (info: Info, target?: SealTarget) => Promise<SealedCallback>;

export function createSeal({
  callbackKeys,
  publicUrl,
}: Pick<ActivityDependencies, 'callbackKeys' | 'publicUrl'>): SealCallback {
  return async (info, target = runningActivity(info)) => {
    const base = callbackBase(publicUrl, await seal(await requireKeys(callbackKeys), info, target));
    return { base, links: callbackLinks(base, target.expiresAt) };
  };
}

function runningActivity({ activityId }: Info): SealTarget {
  return { activityId, expiresAt: callbackExpiry(scheduleToCloseDeadline()) };
}

async function seal(keys: Keyring, info: Info, { activityId, expiresAt }: SealTarget): Promise<string> {
  if (info.workflowExecution === undefined) {
    throw ApplicationFailure.nonRetryable('a callback belongs to a step of a workflow run', 'InvalidInput');
  }
  try {
    return await sealToken(keys, {
      namespace: info.namespace,
      workflowId: info.workflowExecution.workflowId,
      runId: info.workflowExecution.runId,
      activityId,
      attempt: info.attempt,
      operations: [...callbackOperation.options],
      expiresAt,
      jti: newJti(),
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
