import { isGoneOnWith } from '../heartbeat.js';

/** What becomes of what a failed attempt leaves. */
interface Leftovers {
  /** Nobody goes on with it. */
  drop(): Promise<unknown>;
  /** The next attempt does. */
  keep?(): Promise<unknown>;
}

/** Does the work of a step, and what is left to be done about its leftovers when it fails, at whichever point. */
export async function clearingUp<T>(leftovers: Leftovers, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (await isGoneOnWith(error)) await leftovers.keep?.();
    else await leftovers.drop();
    throw error;
  }
}
