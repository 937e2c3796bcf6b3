import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from '../process/child.js';
import { isRunning } from '../process/identity.js';
import type { ComponentState, PlatformState } from './state-file.js';

const graceMs = 10_000;

/**
 * Ends what a killed platform left running, clients before the servers they use. Only processes that started when the
 * state file says so: a pid that went to another process is left alone. Returns those that were ended.
 */
export async function endStale(stale: PlatformState): Promise<ComponentState[]> {
  const left = stale.components.filter((component) => component.pid !== stale.pid && isRunning(component));
  const clients = left.filter(({ name }) => name === 'worker' || name === 'api');
  await endAll(clients);
  await endAll(left.filter((component) => !clients.includes(component)));
  return left;
}

async function endAll(components: readonly ComponentState[]): Promise<void> {
  for (const { pid } of components) signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (components.some(isRunning)) {
    if (Date.now() > deadline) {
      for (const { pid } of components.filter(isRunning)) signalGroup(pid, 'SIGKILL');
    }
    await delay(50);
  }
}
