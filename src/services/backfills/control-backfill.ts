import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { BackfillView } from '../../domain/backfill/views.js';
import { AlmanacError } from '../../domain/errors.js';
import { isNotFound } from '../temporal-call.js';
import { describeBackfill, readBackfill } from './read-backfill.js';

interface Control {
  send(handle: WorkflowHandle): Promise<unknown>;
  /** Does the backfill show what was asked for? One that has ended always does. */
  isApplied(view: BackfillView): boolean;
}

/** A backfill takes up a signal within milliseconds when a worker is there; without one the signal waits for it. */
const appliedWithinMs = 2_000;

/**
 * Tells a backfill something, and waits a little until its view shows it. Asking again for what is already so changes nothing.
 * @throws AlmanacError conflict when it has ended
 */
export async function controlBackfill(client: Client, id: string, control: Control): Promise<BackfillView> {
  const before = await describeBackfill(client, id);
  if (before.closeTime !== null) throw hasEnded(before);
  if (!control.isApplied(before)) {
    try {
      await control.send(client.workflow.getHandle(id));
    } catch (error) {
      // It was there a moment ago.
      if (isNotFound(error)) throw hasEnded(await describeBackfill(client, id));
      throw error;
    }
  }
  const deadline = Date.now() + appliedWithinMs;
  for (;;) {
    const view = await readBackfill(client, id);
    if (view.closeTime !== null || control.isApplied(view) || Date.now() > deadline) return view;
    await sleep(50);
  }
}

function hasEnded({ id, status, closeTime }: BackfillView): AlmanacError {
  return new AlmanacError('conflict', `backfill ${id} has ended already: it is ${status}`, {
    details: [{ path: 'id', message: `ended at ${closeTime}`, value: id }],
  });
}
