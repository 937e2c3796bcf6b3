import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackfillView } from '../../src/domain/backfill/views.js';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

let platform: TestPlatform;
let call: ReturnType<typeof caller>;
const schedules: string[] = [];

beforeAll(async () => {
  platform = await startPlatform();
  const { client, taskQueue } = platform;
  call = caller(testApp(client, { taskQueue, backfillMax: 1_000, backfillEventsPerRun: 60 }).app);
});
afterAll(async () => {
  for (const id of schedules) await call('DELETE', `/v1/schedules/${id}`);
  await platform?.stop();
});

const quick = [{ id: 'rest', uses: 'wait', with: { duration: '50ms' } }];

/** A schedule that fired every hour of the past; it is paused, so that nothing runs but what a test starts. */
async function createSchedule(changes: Record<string, unknown> = {}): Promise<string> {
  const id = newId('backfill');
  const definition = yearly(id, {
    spec: { cron: ['0 * * * *'], timezone: 'Europe/Berlin' },
    policies: { overlap: 'allowAll' },
    paused: true,
    action: { steps: quick },
    ...changes,
  });
  const created = await call('POST', '/v1/schedules', { body: definition });
  expect(created.status, created.text).toBe(201);
  schedules.push(id);
  return id;
}

async function start(id: string, body: object, headers: Record<string, string> = {}): Promise<BackfillView> {
  const answer = await call('POST', `/v1/schedules/${id}/backfills`, { as: 'operator', body, headers });
  expect(answer.status, answer.text).toBe(202);
  return answer.json;
}

const get = async (id: string): Promise<BackfillView> =>
  (await call('GET', `/v1/backfills/${id}`, { as: 'viewer' })).json;

async function until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const ended = (id: string) =>
  until(`the end of ${id}`, async () => {
    const view = await get(id);
    return view.closeTime !== null && view;
  });

/** Nominal times of the runs of a schedule, in the order in which they started. */
async function runsOf(id: string) {
  const { items } = (await call('GET', `/v1/schedules/${id}/runs?pageSize=200`)).json;
  return (
    items as { scheduledTime: string; startTime: string; closeTime: string; workflowId: string; status: string }[]
  ).sort((a, b) => a.startTime.localeCompare(b.startTime));
}

const march = { start: '2026-03-10T00:00:00Z', end: '2026-03-10T05:00:00Z' };

describe('a backfill', () => {
  it('runs exactly the slots of the range, both ends included, as the schedule itself would', async () => {
    const id = await createSchedule();
    const begun = await start(id, { ...march, maxConcurrent: 3, only: 'all' });
    expect(begun).toMatchObject({ scheduleId: id, total: 6, createdBy: 'operator-key', workflowId: begun.id });
    expect(await ended(begun.id)).toMatchObject({
      status: 'completed',
      ...{ total: 6, started: 6, running: 0, succeeded: 6, failed: 0, skipped: 0, eta: null },
    });
    const runs = await runsOf(id);
    expect(runs.map(({ scheduledTime }) => scheduledTime).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((hour) => `2026-03-10T0${hour}:00:00.000Z`),
    );
    for (const run of runs) {
      expect(run.workflowId).toBe(`${id}-${run.scheduledTime.replace('.000Z', 'Z')}`);
      expect(run).toMatchObject({ status: 'completed', trigger: 'backfill', backfillId: begun.id });
    }
  });
});
