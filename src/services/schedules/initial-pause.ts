import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { AlmanacError } from '../../domain/errors.js';
import { encodeSearchAttributes } from '../payloads.js';
import { temporalError } from '../temporal-call.js';

/** Where the server itself keeps whether a schedule is paused; `describe` does not show it. */
export const pausedAttribute = 'TemporalSchedulePaused';

/**
 * Creates with the search attribute that the server's scheduler would add in its first task. Lists filtered by it are right from the
 * first moment, and the server is spared an event and a second visibility record for each schedule.
 *
 * Server 1.31.2 takes it from clients (`predefinedWhiteList` in common/searchattribute/sadefs/constants.go) and says there that later
 * ones may not: one that refuses it has stored nothing, and is asked without it from then on.
 */
export async function withInitialPause(
  client: Client,
  paused: boolean,
  create: (fields: Record<string, Payload>) => Promise<unknown>,
): Promise<void> {
  if (!refusing.has(client)) {
    try {
      await create(encodeSearchAttributes({ [pausedAttribute]: paused }));
      return;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusing.add(client);
    }
  }
  await create({});
}

const refusing = new WeakSet<Client>();

function isRefusal(error: unknown): boolean {
  const known = temporalError(error);
  return known instanceof AlmanacError && known.code === 'invalid-input' && known.message.includes(pausedAttribute);
}
