import { setTimeout as sleep } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';
import { mapAtMost } from './at-most.js';
import { changedMeanwhile } from './carry-out.js';
import { listOwned } from './list-owned.js';
import { find, type ReadContext } from './read-plan.js';

/** Fewer are sooner described than listed. */
const describedAtMost = 10;
const describedAtOnce = 10;
/** The list is given up when it has shown nothing new for so long. */
const standstillMs = 3_000;
const shortestWaitMs = 100;

/**
 * Reads back what was created, by listing it all, and describes only what the list does not show as it was written: visibility
 * may be some moments behind, or somebody else was here.
 * @param digests of the definitions, by id
 * @returns what went wrong, by id
 */
export async function verifyCreated(
  context: ReadContext,
  digests: ReadonlyMap<string, string>,
): Promise<Map<string, AlmanacError>> {
  const faults = new Map<string, AlmanacError>();
  await mapAtMost(describedAtOnce, await notListed(context, digests), async (id) => {
    const fault = await faultOf(context, id, digests.get(id));
    if (fault !== undefined) faults.set(id, fault);
  });
  return faults;
}

/**
 * A describe makes the server wake the schedule up, a list does not: so the list is asked until it has caught up, for at most
 * half of the time that passes.
 */
async function notListed(
  { client, owner }: ReadContext,
  digests: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  let left = [...digests.keys()];
  if (left.length <= describedAtMost) return left;
  for (let lastNews = Date.now(); left.length > 0 && Date.now() - lastNews < standstillMs; ) {
    const begin = Date.now();
    const listed = await listOrNothing(client, owner);
    // What the list can't tell, describing each may.
    if (listed === undefined) break;
    const still = left.filter((id) => listed.get(id)?.digest !== digests.get(id));
    if (still.length < left.length) lastNews = Date.now();
    left = still;
    if (left.length > 0) await sleep(Math.max(shortestWaitMs, Date.now() - begin));
  }
  return left;
}

async function listOrNothing(client: ReadContext['client'], owner: string) {
  try {
    return await listOwned(client, owner);
  } catch (error) {
    if (error instanceof AlmanacError) return undefined;
    throw error;
  }
}

async function faultOf(
  { client, owner }: ReadContext,
  id: string,
  digest: string | undefined,
): Promise<AlmanacError | undefined> {
  try {
    const live = await find(client, id);
    if (live === undefined) return changedMeanwhile(id, 'was deleted');
    return live.owner === owner && live.digest === digest ? undefined : changedMeanwhile(id, 'was changed otherwise');
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    const message = `schedule ${id} was created and could not be read back: ${error.message}`;
    return new AlmanacError(error.code, message, { cause: error });
  }
}
