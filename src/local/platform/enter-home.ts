import { setTimeout as delay } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';
import { homeLayout } from '../home/layout.js';
import { endStale } from '../home/stale.js';
import { claimHome, type PlatformState } from '../home/state-file.js';
import { isRunning } from '../process/identity.js';
import type { Progress } from '../progress.js';
import { alreadyRunning } from './messages.js';
import type { PlatformOptions } from './run.js';
import { newState, StateRecorder } from './state-recorder.js';

/**
 * Makes this process the platform of the home, after ending what a killed one left there.
 *
 * @throws AlmanacError `failed` when another platform runs here
 */
export async function enterHome({ config, progress, stop }: PlatformOptions): Promise<StateRecorder> {
  const file = homeLayout(config.home).state;
  const state = newState(`http://127.0.0.1:${config.ports.api}`);
  let claim = claimHome(file, state);
  if ('running' in claim && claim.running.ending === true) {
    await waitForEnd(claim.running, progress, stop);
    claim = claimHome(file, state);
  }
  if ('running' in claim) throw new AlmanacError('failed', alreadyRunning(claim.running));
  const left = claim.stale === undefined ? [] : await endStale(claim.stale);
  if (left.length > 0) {
    const names = left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
    progress.note(`! The last platform here was killed; what it left running was ended: ${names}`);
  }
  return new StateRecorder(file, state, (message) => progress.note(`! ${message}`));
}

async function waitForEnd(other: PlatformState, progress: Progress, stop: AbortSignal): Promise<void> {
  const phase = progress.phase(`Waiting for the platform that is ending here (pid ${other.pid})`, { slow: true });
  const deadline = Date.now() + 60_000;
  while (isRunning(other) && Date.now() < deadline) {
    stop.throwIfAborted();
    await delay(100);
  }
  phase.done();
}
