import { setTimeout as sleep } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';
import { mapAtMost } from './at-most.js';
import { changedMeanwhile } from './carry-out.js';
import { countOwned } from './count-owned.js';
import { listOwned } from './list-owned.js';
import { find, type ReadContext } from './read-plan.js';

/** Fewer are sooner described than looked for in lists. */
const describedAtMost = 10;
/** Digests in one query. */
const countedAtOnce = 250;
const describedAtOnce = 10;
/** The list is given up when it has shown nothing new for so long. */
const standstillMs = 3_000;
const shortestWaitMs = 50;

/**
 * Reads back what was created, by counting and listing it, and describes only what the list does not show as it was written: visibility
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
 * A describe makes the server wake the schedule up, visibility does not: so that is asked until it has caught up, for at most
 * half of the time that passes.
 */
async function notListed(context: ReadContext, digests: ReadonlyMap<string, string>): Promise<readonly string[]> {
  if (digests.size <= describedAtMost) return [...digests.keys()];
  const { client, owner } = context;
  const uncounted = await caughtUp(chunks([...digests.keys()], countedAtOnce), async (group) => {
    const count = await orNothing(
      countOwned(
        client,
        owner,
        group.map((id) => digests.get(id) ?? ''),
      ),
    );
    return count === undefined ? undefined : group.length - count;
  });
  const ids = uncounted.flat();
  // Counts say that something is missing, the list says what.
  const listed = ids.length <= describedAtMost ? undefined : await orNothing(listOwned(client, owner));
  return listed === undefined ? ids : ids.filter((id) => listed.get(id)?.digest !== digests.get(id));
}

/**
 * Asks for each group how many of it visibility does not show yet, until that is none of any or nothing new has come for too long.
 * @param missing undefined where visibility can't tell, which describing each may
 * @returns the groups that are not shown as they were written
 */
async function caughtUp(
  groups: readonly (readonly string[])[],
  missing: (group: readonly string[]) => Promise<number | undefined>,
): Promise<readonly (readonly string[])[]> {
  let left = groups;
  let fewest = Number.POSITIVE_INFINITY;
  for (let lastNews = Date.now(); left.length > 0 && Date.now() - lastNews < standstillMs; ) {
    const begin = Date.now();
    const counts = await Promise.all(left.map(missing));
    if (counts.includes(undefined)) return left;
    left = left.filter((_, index) => counts[index] !== 0);
    const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    if (total < fewest) lastNews = Date.now();
    fewest = Math.min(fewest, total);
    if (left.length > 0) await sleep(Math.max(shortestWaitMs, Date.now() - begin));
  }
  return left;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
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
