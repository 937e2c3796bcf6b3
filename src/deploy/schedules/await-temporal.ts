import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { AlmanacError } from '../../domain/errors.js';
import { ensureSearchAttributes } from '../../services/namespace/ensure-search-attributes.js';
import { listOwned } from '../../services/plan/list-owned.js';
import { callTemporal } from '../../services/temporal-call.js';
import type { DeployLog } from './log.js';

const betweenTriesMs = 2_000;
const tryMs = 5_000;

/**
 * Waits until Temporal answers and the namespace has Almanac's search attributes, which are added where that is allowed. A cluster
 * that the same deploy made may still be starting.
 *
 * @param until milliseconds since the epoch
 * @throws AlmanacError the last fault
 */
export async function awaitTemporal(client: Client, owner: string, until: number, log: DeployLog): Promise<void> {
  const { namespace } = client.options;
  await retry(until, log, () =>
    callTemporal(client, () => client.workflowService.describeNamespace({ namespace }), {
      subject: `namespace ${namespace}`,
      deadlineMs: tryMs,
    }),
  );
  const { added } = await retry(until, log, () => ensureSearchAttributes(client));
  if (added.length > 0) log.info({ added }, 'search attributes were added to the namespace');
  // Those just added are known to the server's other parts some seconds later.
  await retry(until, log, () => listOwned(client, owner), added.length > 0 ? ['failed'] : []);
}

/** Tries again what Temporal did not answer, and what has one of these codes. */
export async function retry<T>(
  until: number,
  log: DeployLog,
  call: () => Promise<T>,
  alsoCodes: readonly string[] = [],
): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isWorthIt = error instanceof AlmanacError && (mayPass(error) || alsoCodes.includes(error.code));
      if (!isWorthIt || Date.now() + betweenTriesMs > until) throw error;
      log.warn({ code: error.code }, `${error.message}; trying again`);
      await sleep(betweenTriesMs);
    }
  }
}

/** Not a fault of what was asked for. */
export function mayPass({ code }: { code: string }): boolean {
  return code === 'unavailable' || code === 'throttled';
}
