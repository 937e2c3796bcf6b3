import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { OverlapPolicy } from '../../domain/definition/policies.js';
import { AlmanacError } from '../../domain/errors.js';
import { describeLive, type LiveSchedule } from './live-schedule.js';

export interface RunReference {
  workflowId: string;
  runId: string;
}

/** The run, or the promise of one that starts when the run before it has ended. */
export type TriggerOutcome = RunReference | { buffered: true };

interface Triggered {
  overlap: OverlapPolicy;
  scheduledTime: Date;
  running: () => Promise<RunReference[]>;
}

/** How long a buffered start is watched, so that a quick one is answered with its run. */
const bufferedGraceMs = 1_000;
const giveUpMs = 4_000;

/**
 * What became of a trigger that went through the server, which answers before it acts.
 * @throws AlmanacError conflict when the overlap policy dropped it
 */
export async function waitForTriggeredRun(
  client: Client,
  before: LiveSchedule,
  triggered: Triggered,
): Promise<TriggerOutcome> {
  const known = new Set(before.raw.info?.recentActions?.map((action) => action.startWorkflowResult?.runId));
  const skippedBefore = Number(before.raw.info?.overlapSkipped ?? 0);
  const bufferedBefore = Number(before.raw.info?.bufferSize ?? 0);
  const start = Date.now();
  for (;;) {
    const { raw } = await describeLive(client, before.id);
    const run = raw.info?.recentActions?.find(
      (action) =>
        optionalTsToMs(action.scheduleTime) === triggered.scheduledTime.getTime() &&
        !known.has(action.startWorkflowResult?.runId),
    )?.startWorkflowResult;
    if (run?.workflowId && run.runId) return { workflowId: run.workflowId, runId: run.runId };
    const waits = Number(raw.info?.bufferSize ?? 0) > bufferedBefore;
    if (waits && Date.now() - start > bufferedGraceMs) return { buffered: true };
    if (!waits && Number(raw.info?.overlapSkipped ?? 0) > skippedBefore) {
      throw await skipped(before.id, triggered);
    }
    if (Date.now() - start > giveUpMs) {
      throw new AlmanacError(
        'unavailable',
        `Temporal took the trigger of ${before.id} and has not started it yet: see GET /v1/schedules/${before.id}/runs`,
        { retryAfter: 5 },
      );
    }
    await sleep(60);
  }
}

async function skipped(id: string, { overlap, running }: Triggered): Promise<AlmanacError> {
  const [run] = await running();
  const which = run === undefined ? 'another run' : `${run.workflowId} (run ${run.runId})`;
  const state = overlap === 'bufferOne' ? 'is running and another one waits for it' : 'is running';
  return new AlmanacError('conflict', `not started: ${which} of schedule ${id} ${state}; overlap is ${overlap}`, {
    details: run === undefined ? [] : [{ path: 'overlap', message: 'this run is in the way', value: run }],
  });
}
