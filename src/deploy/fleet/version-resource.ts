import { setTimeout as delay } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';
import type { FleetParts } from './tend-fleet.js';

/** How long a deploy waits, in milliseconds; the Lambda itself may run for 14 minutes. */
export interface Patience {
  pollMs: number;
  withinMs: number;
}

const usual: Patience = { pollMs: 3_000, withinMs: 10 * 60_000 };

/**
 * Waits until workers of the deployed version poll, and makes it the one that new runs start on. Workers that are up and can't reach
 * Temporal fail the deploy here, and CloudFormation takes it back.
 *
 * @throws AlmanacError `unavailable` when they do not poll in time
 */
export async function awaitCurrent(
  { versions, deployed: { buildId } }: Pick<FleetParts, 'versions' | 'deployed'>,
  { pollMs, withinMs }: Patience = usual,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const known = await versions.list();
    if (known[buildId] === 'current') return;
    if (known[buildId] !== undefined && (await versions.makeCurrent(buildId))) return;
    if (Date.now() + pollMs > deadline) {
      const waited = `${Math.round(withinMs / 1000)} s`;
      const message = `no worker of version ${buildId} polls Temporal after ${waited}: see the log of the workers`;
      throw new AlmanacError('unavailable', message);
    }
    await delay(pollMs);
  }
}

/** Deletes every service of the cluster and waits until their tasks have stopped: CloudFormation let go of them and knows none. */
export async function removeFleet(
  { services }: Pick<FleetParts, 'services'>,
  { pollMs, withinMs }: Patience = usual,
): Promise<void> {
  for (const { name } of await services.list()) await services.delete(name);
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = await services.list({ draining: true });
    if (left.length === 0) return;
    if (Date.now() + pollMs > deadline) {
      throw new AlmanacError('unavailable', `${left.length} services of workers have not stopped: destroy again`);
    }
    await delay(pollMs);
  }
}
