import { setTimeout as sleep } from 'node:timers/promises';
import { CallbackRefused } from './almanac-callback.mjs';

/**
 * Loads rows in batches, as a warehouse would: reports progress after each batch, and in the end completes or fails the step.
 *
 * @param {{ table: string, rows: number, fail: boolean, batches: number, batchMs: number }} job
 * @param {ReturnType<typeof import('./almanac-callback.mjs').callback>} step
 * @param {AbortSignal} noticed aborted when a cancel notice came; its reason is that of the notice
 * @returns {Promise<'completed' | 'failed' | 'cancelled' | 'refused'>}
 */
export async function load(job, step, noticed) {
  let done = 0;
  try {
    for (let batch = 1; batch <= job.batches; batch += 1) {
      await sleep(job.batchMs, undefined, { signal: noticed }).catch(() => undefined);
      if (noticed.aborted) return await stop(step, done, noticed.reason);
      done = Math.round((job.rows * batch) / job.batches);
      if (job.fail && batch > job.batches / 2) {
        const details = { table: job.table, loaded: done };
        await step.fail(`${job.table} rejected row ${done}`, { code: 'LoadFailed', details });
        return 'failed';
      }
      const progress = { done, total: job.rows, unit: 'rows', message: `loading ${job.table}` };
      const { cancelRequested } = await step.heartbeat(progress);
      if (cancelRequested) return await stop(step, done, 'cancelled');
    }
    await step.complete({ table: job.table, rows: job.rows });
    return 'completed';
  } catch (error) {
    // 409, 410: somebody else ended the step, or the run is over. There is nobody left to tell.
    if (error instanceof CallbackRefused) return noticed.aborted ? 'cancelled' : 'refused';
    throw error;
  }
}

/** A run that was cancelled waits a little for the word that the work has stopped; one whose time is up does not. */
async function stop(step, loaded, reason) {
  if (reason === 'cancelled') await step.cancel({ loaded });
  return 'cancelled';
}
