import { setTimeout as sleep } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';
import { mapAtMost } from './at-most.js';
import { changedMeanwhile } from './carry-out.js';
import { listOwned } from './list-owned.js';
import { find, type ReadContext } from './read-plan.js';

/** Fewer are sooner described than listed again. */
const describedAtMost = 20;
const describedAtOnce = 10;
const lists = 4;
const betweenListsMs = 150;

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

async function notListed(
  { client, owner }: ReadContext,
  digests: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  let left = [...digests.keys()];
  for (let list = 0; list < lists && left.length > describedAtMost; list += 1) {
    if (list > 0) await sleep(betweenListsMs);
    try {
      const listed = await listOwned(client, owner);
      left = left.filter((id) => listed.get(id)?.digest !== digests.get(id));
    } catch (error) {
      // What the list can't tell, describing each may.
      if (!(error instanceof AlmanacError)) throw error;
    }
  }
  return left;
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
