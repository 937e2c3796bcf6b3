import { setTimeout as sleep } from 'node:timers/promises';
import { CallbackRefused, post } from './callback.mjs';

/**
 * Loads rows in batches, as a warehouse would: reports progress after each batch, and in the end completes or fails the step.
 *
 * @param {{ table: string, rows: number, fail: boolean, batches: number, batchMs: number }} job
 * @param {{ complete: string, fail: string, heartbeat: string, cancel: string }} links
 * @returns {Promise<'completed' | 'failed' | 'cancelled' | 'refused'>}
 */
export async function load(job, links) {
  try {
    for (let batch = 1; batch <= job.batches; batch += 1) {
      await sleep(job.batchMs);
      const done = Math.round((job.rows * batch) / job.batches);
      if (job.fail && batch > job.batches / 2) {
        const details = { table: job.table, loaded: done };
        await post(links.fail, { message: `${job.table} rejected row ${done}`, code: 'LoadFailed', details });
        return 'failed';
      }
      const progress = { done, total: job.rows, unit: 'rows', message: `loading ${job.table}` };
      const { cancelRequested } = await post(links.heartbeat, progress);
      if (cancelRequested) {
        await post(links.cancel, { details: { loaded: done } });
        return 'cancelled';
      }
    }
    await post(links.complete, { output: { table: job.table, rows: job.rows } });
    return 'completed';
  } catch (error) {
    // 409, 410: somebody else ended the step, or the run is over. There is nobody left to tell.
    if (error instanceof CallbackRefused) return 'refused';
    throw error;
  }
}
