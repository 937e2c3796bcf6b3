import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import type { Backend } from '../../src/cli/backend/backend.js';
import { directBackfillCalls } from '../../src/cli/backend/backfill-calls.js';
import { runCli } from '../../src/cli/run-cli.js';
import { createBackfillService } from '../../src/services/backfills/backfill-service.js';
import { createScheduleService } from '../../src/services/schedules/schedule-service.js';
import { newId, testApp, testKeys, yearly } from '../support/api.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';
import { almanac, testHost } from './support.js';

let platform: TestPlatform;
let url: string;
let closeApi: () => Promise<void>;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  platform = await startPlatform({ publicUrl: url });
  const { client, taskQueue } = platform;
  const server = serve({ fetch: testApp(client, { taskQueue }).app.fetch, hostname: '127.0.0.1', port });
  closeApi = () => new Promise((resolve) => server.close(() => resolve()));
});
afterAll(async () => {
  await closeApi?.();
  await platform?.stop();
});

const env = (role: keyof typeof testKeys = 'operator') => ({ ALMANAC_URL: url, ALMANAC_KEY: testKeys[role] });
const run = (...args: string[]) => almanac(args, { env: env() });

async function data(...args: string[]) {
  const { exitCode, stdout, stderr } = await run(...args, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

async function createSchedule(steps: unknown[]): Promise<string> {
  const id = newId('cli-slots');
  const response = await fetch(`${url}/v1/schedules`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKeys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(
      yearly(id, { spec: { cron: ['0 * * * *'], timezone: 'Europe/Berlin' }, paused: true, action: { steps } }),
    ),
  });
  expect(response.status).toBe(201);
  return id;
}

const rest = (duration: string) => [{ id: 'rest', uses: 'wait', with: { duration } }];
const range = ['--from', '2026-03-10T01:00', '--to', '2026-03-10T04:00'];

describe('almanac backfill', () => {
  test('--dry-run shows the slots on the clocks of the schedule, and starts nothing', async () => {
    const id = await createSchedule(rest('10ms'));
    const { exitCode, stdout } = await run('backfill', id, ...range, '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`2026-03-10T00:00:00.000Z  missing  -           ${id}-2026-03-10T00:00:00Z\n`);
    expect(stdout).toContain('4 slots to run; no run has completed yet to judge the time by.\n');
    const plan = await data('backfill', id, ...range, '--dry-run', '--order', 'newest');
    expect(plan.slots.map(({ scheduledTime }: { scheduledTime: string }) => scheduledTime.slice(11, 13))).toEqual([
      '03',
      '02',
      '01',
      '00',
    ]);
    expect(await data('runs', id)).toEqual({ items: [] });
  });

  test('--follow watches it to its end; runs are found by it', async () => {
    const id = await createSchedule(rest('10ms'));
    const { exitCode, stdout, stderr } = await run('backfill', id, ...range, '--max-concurrent', '2', '--follow');
    expect(exitCode, stderr).toBe(0);
    const backfill = /^Started (\S+)$/m.exec(stderr)?.[1] ?? '';
    expect(stdout).toContain('completed 4 of 4 slots (100%): 4 succeeded, 0 failed, 0 running');
    expect(await data('backfills', 'show', backfill)).toMatchObject({ status: 'completed', maxConcurrent: 2 });
    expect((await data('runs', '--backfill', backfill)).items).toHaveLength(4);
    const planned = await run('backfill', id, ...range, '--dry-run', '--only', 'all');
    expect(planned.stdout).toMatch(/it costs about \d+ actions of Temporal and 0ms of activities\.\n$/);
    const { items } = await data('backfills', '--schedule', id);
    expect(items).toMatchObject([{ id: backfill, succeeded: 4 }]);
    expect((await run('backfills')).stdout).toMatch(/^STATUS +SCHEDULE +STARTED +DONE +TOTAL/);
  });

  test('on a terminal a bar is drawn; Ctrl-C leaves it alone; it is paused, resumed and cancelled', async () => {
    const id = await createSchedule(rest('1h'));
    const started = await data('backfill', id, ...range);
    expect(started).toMatchObject({ id: started.workflowId, scheduleId: id, total: 4, only: 'missing' });
    const host = testHost({ env: env(), isTTY: true });
    const watching = runCli(['backfills', 'show', started.id, '--follow'], host);
    const deadline = Date.now() + 20_000;
    while (!host.stdout.text.includes('1 running') && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    host.interrupt();
    expect(await watching).toBe(130);
    expect(host.stdout.text).toContain('0 of 4 slots (0%): 0 succeeded, 0 failed, 1 running');
    expect(host.stderr.text).toContain(`almanac backfills show ${started.id} --follow`);
    expect(await data('backfills', 'pause', started.id, '--note', 'lunch')).toMatchObject({ status: 'paused' });
    expect((await run('backfills', 'show', started.id)).stdout).toMatch(/paused +\S+ by operator-key: lunch/);
    expect(await data('backfills', 'resume', started.id)).toMatchObject({ status: 'running' });
    await data('backfills', 'cancel', started.id, '--runs');
    const ended = await run('backfills', 'show', started.id, '--follow', '--json');
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'canceled', failed: 1, running: 0 });
    expect(await run('backfills', 'pause', started.id)).toMatchObject({ exitCode: 5 });
  });

  test('straight to Temporal it does the same', async () => {
    const id = await createSchedule(rest('10ms'));
    const { client, taskQueue } = platform;
    const service = createBackfillService({ client, taskQueue, maxSlots: 100 });
    const schedules = createScheduleService({ client, taskQueue, owner: 'ann' });
    const direct = {
      ...directBackfillCalls(service, 'ann', 50),
      describeSchedule: async (schedule: string) => (await schedules.get(schedule)).schedule,
      close: async () => undefined,
    } as unknown as Backend;
    const { exitCode, stdout } = await almanac(['backfill', id, ...range, '--follow', '--json', '--direct'], {
      direct,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', succeeded: 4, createdBy: 'ann' });
  });

  test.each([
    [['backfill', 'x'], 2, "required option '--from <time>' not specified"],
    [['backfill', 'none', ...range], 4, 'does not exist'],
    [['backfills', 'pause'], 2, 'needs the id of a backfill'],
    [['backfills', 'list', 'x'], 2, 'takes no id'],
    [['backfills', 'stop', 'x'], 2, 'Allowed choices are list, show, pause, resume, cancel'],
    [['backfills', 'show', 'none'], 4, 'backfill none does not exist'],
  ])('%j ends with %i', async (args, exitCode, message) => {
    const answer = await run(...args);
    expect(answer).toMatchObject({ exitCode, stdout: '' });
    expect(answer.stderr).toContain(message);
  });

  test('a range that the wrong way round, in the future or too large is refused', async () => {
    const id = await createSchedule(rest('10ms'));
    const turned = await run('backfill', id, '--from', '2026-03-10', '--to', '2026-03-09');
    expect(turned).toMatchObject({ exitCode: 2 });
    expect(turned.stderr).toContain('is before --from');
    expect((await run('backfill', id, '--from', 'now', '--to', '+1d')).stderr).toContain('is in the future');
    const large = await run('backfill', id, '--from', '2020-01-01', '--to', '2025-01-01');
    expect(large).toMatchObject({ exitCode: 2 });
    expect(large.stderr).toMatch(/has 4\d,\d{3} slots and one backfill may have 10,000/);
  });
});
