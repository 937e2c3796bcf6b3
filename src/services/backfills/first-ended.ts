import { setTimeout as sleep } from 'node:timers/promises';
import type { EndedRun } from '../../domain/backfill/activities.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import { temporalError } from '../temporal-call.js';
import type { RunEnds } from './run-ends.js';

/**
 * After the first end others are waited for: many quick runs then cost one turn of the backfill. The more there are, the longer, as
 * what ended is a smaller part of them: 40 ms up to 8 runs, 200 ms from 40 on.
 */
const gatherMs = (runs: number) => Math.min(200, Math.max(40, 5 * runs));
/** A run that a waiter waits for for long is asked for again so often, so that its poll goes on. */
const renewalMs = 15_000;

/**
 * Waits until a run has ended, and gathers what else ends within a moment.
 * @returns empty when the signal came first
 * @throws AlmanacError unavailable
 */
export async function firstEnded(
  ends: RunEnds,
  runs: readonly RunReference[],
  signal: AbortSignal,
): Promise<EndedRun[]> {
  const ended: EndedRun[] = [];
  const waits = runs.map(async (run) => {
    ended.push({ runId: run.runId, end: await ends.endOf(run) });
  });
  const renewal = setInterval(() => {
    for (const run of runs) ends.endOf(run).catch(() => undefined);
  }, renewalMs);
  try {
    await Promise.race([...waits, abortOf(signal)]);
    if (!signal.aborted && ended.length < runs.length)
      await Promise.race([Promise.all(waits), sleep(gatherMs(runs.length))]);
    return [...ended];
  } catch (error) {
    throw temporalError(error, 'a run of the backfill');
  } finally {
    clearInterval(renewal);
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
