import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSummaryView } from '../../src/domain/views.js';
import { LocalPlatform } from '../support/local-platform.js';

let platform: LocalPlatform;

beforeAll(async () => {
  platform = await LocalPlatform.create();
  await platform.start();
});
afterAll(async () => {
  await platform?.stop();
  await platform?.remove();
});

const everySeconds = (seconds: number) => ({ intervals: [{ every: `${seconds}s` }] });

function times(runs: RunSummaryView[]): string[] {
  return runs.map(({ scheduledTime }) => scheduledTime ?? '').sort();
}

describe('a schedule that fires by itself', () => {
  test('nominal times are right, pause stops it, unpause goes on', async () => {
    await platform.put({
      id: 'ticker',
      spec: everySeconds(2),
      action: {
        steps: [
          {
            id: 'tell',
            uses: 'email.send',
            with: {
              to: ['tick@example.com'],
              subject: '{% $run.scheduledTime %}',
              text: '{% $run.trigger & $run.id %}',
            },
          },
        ],
      },
    } as { id: string });
    const runs = await platform.until('three runs', async () => {
      const found = (await platform.runsOf('ticker')).filter(({ status }) => status === 'completed');
      return found.length >= 3 ? found : undefined;
    });
    for (const run of runs) {
      expect(run.trigger).toBe('schedule');
      const nominal = new Date(run.scheduledTime ?? '');
      expect(nominal.getTime() % 2000).toBe(0);
      expect(run.workflowId).toBe(`ticker-${nominal.toISOString().replace('.000Z', 'Z')}`);
      expect(Date.parse(run.startTime) - nominal.getTime()).toBeGreaterThanOrEqual(0);
      expect(Date.parse(run.startTime) - nominal.getTime()).toBeLessThan(5_000);
    }
    const subjects = (await platform.mails())
      .filter(({ to }) => to.includes('tick@example.com'))
      .map(({ subject }) => subject);
    for (const run of runs) expect(subjects).toContain(run.scheduledTime);

    expect((await platform.request('POST', '/v1/schedules/ticker/pause', { note: 'for the test' })).status).toBe(200);
    expect(await platform.schedule('ticker')).toMatchObject({ paused: true, note: 'for the test' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const paused = times(await platform.runsOf('ticker'));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(times(await platform.runsOf('ticker'))).toEqual(paused);

    expect((await platform.request('POST', '/v1/schedules/ticker/unpause', {})).status).toBe(200);
    await platform.until('a run after the pause', async () => {
      const now = times(await platform.runsOf('ticker'));
      return now.length > paused.length ? now : undefined;
    });
    expect((await platform.request('DELETE', '/v1/schedules/ticker')).status).toBeLessThan(300);
    expect((await platform.request('GET', '/v1/schedules/ticker')).status).toBe(404);
  });

  test('overlap skip starts nothing while a run goes on; bufferOne starts one after it', async () => {
    for (const overlap of ['skip', 'bufferOne']) {
      await platform.put({
        id: `slow-${overlap.toLowerCase()}`,
        spec: everySeconds(1),
        policies: { overlap },
        action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: '3500ms' } }] },
      } as { id: string });
    }
    const [skipped, buffered] = await Promise.all(
      ['slow-skip', 'slow-bufferone'].map((id) =>
        platform.until(`three runs of ${id}`, async () => {
          const ended = (await platform.runsOf(id)).filter(({ status }) => status === 'completed');
          return ended.length >= 3 ? ended.sort((a, b) => a.startTime.localeCompare(b.startTime)) : undefined;
        }),
      ),
    );
    // Never two at once.
    for (const runs of [skipped ?? [], buffered ?? []]) {
      for (const [index, run] of runs.entries()) {
        const next = runs[index + 1];
        if (next) expect(Date.parse(next.startTime)).toBeGreaterThanOrEqual(Date.parse(run.closeTime ?? ''));
      }
    }
    expect((await platform.schedule('slow-skip')).counts.skippedOverlap).toBeGreaterThan(3);
    // A skipped schedule takes up the next fire; a buffered one takes up the first fire that found a run going on.
    for (const run of skipped ?? []) expect(lateness(run)).toBeLessThan(1_500);
    for (const run of (buffered ?? []).slice(1)) expect(lateness(run)).toBeGreaterThan(2_000);
    for (const id of ['slow-skip', 'slow-bufferone']) await platform.request('DELETE', `/v1/schedules/${id}`);
  });
});

function lateness(run: RunSummaryView): number {
  return Date.parse(run.startTime) - Date.parse(run.scheduledTime ?? '');
}
