import { ActivityCancellationDetails, ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { ProgressReporter, withProgress } from '../../src/activities/heartbeat.js';
import type { Progress } from '../../src/domain/steps/registry.js';

function environment() {
  const env = new MockActivityEnvironment({ heartbeatTimeoutMs: 300 }, { logger: new DefaultLogger('ERROR') });
  const beats: Progress[] = [];
  env.on('heartbeat', (progress: Progress) => beats.push(progress));
  return { env, beats };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('some call was aborted'))));

describe('withProgress', () => {
  test('beats at the start, while nothing moves, and at the end', async () => {
    const { env, beats } = environment();
    await env.run(() =>
      withProgress('bytes', async (progress) => {
        progress.setTotal(10);
        progress.add(4);
        await new Promise((resolve) => setTimeout(resolve, 350));
        progress.add(6);
        progress.setMessage('all');
      }),
    );
    expect(beats[0]).toMatchObject({ done: 0, unit: 'bytes' });
    expect(beats.filter(({ done }) => done === 4).length).toBeGreaterThanOrEqual(2);
    expect(beats.at(-1)).toMatchObject({ done: 10, total: 10, message: 'all' });
  });

  test('a cancellation ends it as a cancellation, whatever the aborted call throws', async () => {
    const { env } = environment();
    const run = env.run(() => withProgress('bytes', (_, signal) => untilAborted(signal)));
    setTimeout(() => env.cancel(), 20);
    await expect(run).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  test('a shutdown of the worker is a failure that is tried again', async () => {
    const { env } = environment();
    const run = env.run(() => withProgress('bytes', (_, signal) => untilAborted(signal)));
    setTimeout(() => env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })), 20);
    await expect(run).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(run).rejects.toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
  });

  test('other failures pass through', async () => {
    const { env } = environment();
    const run = env.run(() => withProgress('bytes', () => Promise.reject(new Error('mine'))));
    await expect(run).rejects.toThrow('mine');
  });
});

describe('ProgressReporter', () => {
  test('the rate is that of this attempt: what was there already does not count', () => {
    const progress = new ProgressReporter('bytes');
    progress.addResumed(1_000_000);
    progress.add(500);
    const { done, rate } = progress.snapshot(performance.now() + 1000);
    expect(done).toBe(1_000_500);
    expect(rate).toBeGreaterThan(400);
    expect(rate).toBeLessThanOrEqual(500);
  });

  test('never more than all of it', () => {
    const progress = new ProgressReporter('bytes');
    progress.setTotal(10);
    progress.add(12);
    expect(progress.snapshot()).toMatchObject({ done: 12, total: 12 });
  });

  test('a call costs next to nothing', () => {
    const progress = new ProgressReporter('bytes');
    const before = performance.now();
    for (let call = 0; call < 1_000_000; call++) progress.add(1);
    expect(performance.now() - before).toBeLessThan(300);
  });
});
