import type { Client } from '@temporalio/client';
import { callTemporal } from '../temporal-call.js';
import { allOf, equals, quote } from '../visibility-query.js';

const deadlineMs = 5_000;

/**
 * How many schedules of an owner have one of these digests, as visibility knows them: a tenth of what listing them costs. A
 * digest is that of one definition with its id.
 * @throws AlmanacError unavailable, throttled; invalid-input or `failed` from a server that does not count schedules
 */
export async function countOwned(client: Client, owner: string, digests: readonly string[]): Promise<number> {
  const digest = `AlmanacDigest IN (${digests.map(quote).join(', ')})`;
  const { count } = await callTemporal(
    client,
    () =>
      client.workflowService.countSchedules({
        namespace: client.options.namespace,
        query: allOf([equals('AlmanacOwner', owner), digest]),
      }),
    { subject: 'the number of schedules', deadlineMs },
  );
  return Number(count);
}
