import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { runCli } from '../../src/cli/run-cli.js';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { newId, testApp, testKeys } from '../support/api.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';
import { buildCli, type CliProgram } from './cli-process.js';
import { almanac, testHost } from './support.js';

let platform: TestPlatform;
let url: string;
let closeApi: () => Promise<void>;
let program: CliProgram;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  platform = await startPlatform({ publicUrl: url });
  const { client, taskQueue, keyring } = platform;
  const { app } = testApp(client, { taskQueue, callbackKeys: fixedKeyring(JSON.stringify(keyring)) });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port });
  closeApi = () => new Promise((resolve) => server.close(() => resolve()));
  program = await buildCli();
});

afterAll(async () => {
  await closeApi?.();
  await platform?.stop();
  program?.remove();
});

const envOf = (role: keyof typeof testKeys = 'admin') => ({ ALMANAC_URL: url, ALMANAC_KEY: testKeys[role] });

/** Runs a verb that must end well, and parses what it printed. */
async function data(...args: string[]) {
  const { exitCode, stdout, stderr } = await almanac([...args, '--json'], { env: envOf() });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

const waitStep = { id: 'rest', uses: 'wait', with: { duration: '300ms' } };

async function createSchedule(changes: Record<string, unknown> = {}): Promise<string> {
  const id = newId('cli');
  const response = await fetch(`${url}/v1/schedules`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKeys.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      id,
      description: 'Made for the command line',
      tags: [id],
      spec: { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
      action: { steps: [waitStep] },
      ...changes,
    }),
  });
  expect(response.status).toBe(201);
  return id;
}

const partnerSteps = () => [
  waitStep,
  { id: 'load', uses: 'http.callback', with: { url: platform.partner.url }, timeout: '1m' },
];

/** The complete URL of the callback that the partner got for a run. */
async function callbackUrl(workflowId: string): Promise<string> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    for (const { headers, body } of platform.partner.received) {
      if (String(headers['idempotency-key']).startsWith(`${workflowId}/`)) return JSON.parse(body).callback.complete;
    }
    if (Date.now() > deadline) throw new Error('the partner got no callback');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('schedules', () => {
  test('list, describe, pause, unpause, delete', async () => {
    const id = await createSchedule();
    const described = await data('describe', id);
    expect(described).toMatchObject({ id, paused: false, definition: { spec: { cron: ['30 2 * * *'] } } });

    expect(await data('pause', id, '--note', 'the partner moves')).toMatchObject({
      id,
      paused: true,
      note: 'the partner moves',
    });
    const text = await almanac(['describe', id], { env: envOf() });
    expect(text.stdout).toContain('paused (the partner moves)');
    expect(text.stdout).toContain('cron 30 2 * * *');
    expect(text.stdout).toContain('Fires nothing while it is paused');
    expect(text.stdout).toContain('rest (wait)');

    await expect
      .poll(async () => (await data('list', '--tag', id, '--paused')).items)
      .toMatchObject([{ id, paused: true }]);
    expect((await data('list', '--tag', id, '--active')).items).toEqual([]);
    const row = (await almanac(['list', '--tag', id], { env: envOf() })).stdout.split('\n')[1];
    expect(row).toMatch(new RegExp(`^${id}  paused  -  .*Made for the command line$`));

    expect(await almanac(['unpause', id], { env: envOf() })).toEqual({
      exitCode: 0,
      stdout: `${id} unpaused\n`,
      stderr: '',
    });
    expect(await data('delete', id, '--yes')).toEqual({ id, deleted: true });
    expect(await almanac(['describe', id], { env: envOf() })).toMatchObject({
      exitCode: 4,
      stderr: `error: schedule ${id} does not exist\n`,
    });
  });

  test('list follows the pages', async () => {
    const tag = newId('page');
    const ids = await Promise.all([0, 1, 2].map(() => createSchedule({ tags: [tag] })));
    await expect.poll(async () => (await data('list', '--tag', tag)).items.length).toBe(3);
    expect((await data('list', '--tag', tag)).items.map((item: { id: string }) => item.id).sort()).toEqual(ids.sort());
    expect((await data('list', '--tag', tag, '--limit', '2')).items).toHaveLength(2);
  });

  test('pausing several reports those that fail and does the rest', async () => {
    const id = await createSchedule();
    const result = await almanac(['pause', 'no-such-schedule', id, '--json'], { env: envOf() });
    expect(result.exitCode).toBe(4);
    expect(JSON.parse(result.stdout).items).toMatchObject([{ id, paused: true }]);
    expect(JSON.parse(result.stderr)).toMatchObject({ code: 'not-found', detail: '1 schedule of 2 not paused' });
  });

  test('a key without the right ends with 6, and so does none', async () => {
    const id = await createSchedule();
    expect(await almanac(['pause', id], { env: envOf('viewer') })).toMatchObject({ exitCode: 6, stdout: '' });
    const result = await almanac(['list'], { env: { ALMANAC_URL: url } });
    expect(result).toMatchObject({ exitCode: 6 });
    expect(result.stderr).toContain('set ALMANAC_KEY or give --key-file');
  });

  test('next of a stored schedule and of its file agree, also where the clocks change', async () => {
    const id = await createSchedule();
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-cli-next-'));
    try {
      const file = path.join(folder, `${id}.json`);
      writeFileSync(file, JSON.stringify((await data('describe', id)).definition));
      for (const [from, to] of [
        ['2027-03-26', '2027-03-31'],
        ['2027-10-29', '2027-11-02'],
      ]) {
        const window = ['--from', from, '--to', to] as string[];
        const stored = await data('next', id, ...window);
        expect(stored.fireTimes.length).toBeGreaterThan(2);
        expect(await data('next', file, ...window)).toEqual(stored);
        const texts = await Promise.all(
          [id, file].map((target) => almanac(['next', target, ...window], { env: envOf() })),
        );
        expect(texts[0]?.stdout).toContain('clocks changed');
        expect(texts[0]?.stdout).toBe(texts[1]?.stdout);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('runs', () => {
  test('trigger, follow in a pipe, complete the callback from outside', async () => {
    const id = await createSchedule({ action: { steps: partnerSteps() } });
    const { workflowId, runId } = await data('trigger', id, '--input', '{"day":"2026-01-31"}');
    const watcher = testHost({ env: envOf() });
    const following = runCli(['run', workflowId, '--run-id', runId, '--follow'], watcher);
    const link = await callbackUrl(workflowId);
    await expect.poll(() => watcher.stdout.text, { timeout: 10_000 }).toContain('step load waiting');

    await expect
      .poll(async () => (await data('callbacks')).items.filter((item: { runId: string }) => item.runId === runId), {
        timeout: 10_000,
      })
      .toMatchObject([{ scheduleId: id, step: 'load', uses: 'http.callback' }]);

    const fileOfOutput = path.join(mkdtempSync(path.join(tmpdir(), 'almanac-cli-out-')), 'out.json');
    writeFileSync(fileOfOutput, '{"rows":1200}');
    expect(await almanac(['complete', link, '--output', `@${fileOfOutput}`])).toEqual({
      exitCode: 0,
      stdout: 'The callback is completed.\n',
      stderr: '',
    });
    expect(await following).toBe(0);
    const stdout = watcher.stdout.text;
    expect(watcher.stderr.text).toBe('');
    expect(stdout).toMatch(/^\S+Z run \S+ running$/m);
    expect(stdout).toMatch(/^\S+Z step rest succeeded after /m);
    expect(stdout).toMatch(/^\S+Z step load waiting$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\S+Z run \S+ completed after /);

    expect(await data('run', workflowId)).toMatchObject({
      status: 'completed',
      steps: [{ id: 'rest' }, { id: 'load', status: 'succeeded', output: { rows: 1200 } }],
    });
    await expect.poll(async () => (await data('runs', id, '--status', 'completed')).items).toMatchObject([{ runId }]);

    expect((await almanac(['complete', link, '--output', '{"rows":1200}'])).stdout).toContain('nothing changed');
    expect(await almanac(['fail', link, '--message', 'too late'])).toMatchObject({ exitCode: 5 });
    expect(await almanac(['complete', `${link.slice(0, -12)}x/complete`])).toMatchObject({ exitCode: 4 });
  });

  test('trigger --follow on a terminal draws the steps and ends with 1 when the partner fails', async () => {
    const id = await createSchedule({ action: { steps: partnerSteps() } });
    const host = testHost({ env: envOf(), isTTY: true });
    const watching = runCli(['trigger', id, '--follow'], host);
    await expect.poll(() => host.stderr.text, { timeout: 10_000 }).toMatch(/Started (\S+)\n/);
    const workflowId = /Started (\S+)\n/.exec(host.stderr.text)?.[1] ?? '';
    const link = await callbackUrl(workflowId);
    const token = link.split('/').at(-2) ?? '';
    await expect.poll(() => host.stdout.text, { timeout: 10_000 }).toContain('◷ waiting');
    const failed = await almanac(['fail', token, '--message', 'warehouse closed', '--code', 'Closed', '--json'], {
      env: { ALMANAC_URL: url },
    });
    expect(failed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await watching).toBe(1);
    expect(host.stdout.text).toContain('✖ failed');
    expect(host.stdout.text).toContain('Closed in step load:');
    expect(host.stdout.text.split('\x1b[?25l').length).toBe(2);
    expect(host.stdout.text).toContain('\x1b[?25h');
  });

  test('Ctrl-C leaves the run alone; cancel and terminate end it', async () => {
    const id = await createSchedule({ action: { steps: [{ ...waitStep, with: { duration: '1h' } }] } });
    const first = await data('trigger', id);
    const following = program.start(['run', first.workflowId, '--follow'], envOf());
    await expect.poll(() => following.output.stdout, { timeout: 10_000 }).toContain('running');
    following.child.kill('SIGINT');
    expect(await following.ended).toBe(130);
    expect(following.output.stderr).toBe(`The run goes on. Watch it again: almanac run ${first.workflowId} --follow\n`);
    expect(await data('run', first.workflowId)).toMatchObject({ status: 'running' });

    expect(await data('cancel', first.workflowId, '--reason', 'test')).toMatchObject({ runId: first.runId });
    const cancelled = await almanac(['run', first.workflowId, '--follow', '--json'], { env: envOf() });
    expect(cancelled.exitCode).toBe(1);
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ status: 'canceled', steps: [{ status: 'cancelled' }] });

    const second = await data('trigger', id);
    expect(await data('terminate', second.workflowId)).toMatchObject({ status: 'terminated' });
    expect(await almanac(['cancel', second.workflowId], { env: envOf() })).toMatchObject({ exitCode: 5, stdout: '' });
  });

  test('a run that does not exist', async () => {
    for (const extra of [[], ['--follow']]) {
      expect(await almanac(['run', 'no-such-run', ...extra], { env: envOf() })).toMatchObject({
        exitCode: 4,
        stdout: '',
      });
    }
  });
});

// Each call is a process of its own that loads the Temporal client.
test('--direct does the same without the API', async () => {
  const id = await createSchedule({ action: { steps: partnerSteps() } });
  const direct = async (...args: string[]) => {
    const env = {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ALMANAC_URL: 'http://127.0.0.1:9',
      ALMANAC_TASK_QUEUE: platform.taskQueue,
    };
    const running = program.start([...args, '--direct', '--json'], env);
    const exitCode = await running.ended;
    return { exitCode, stderr: running.output.stderr, json: JSON.parse(running.output.stdout || 'null') };
  };
  expect((await direct('describe', id)).json).toEqual(await data('describe', id));
  expect(await direct('pause', id, '--note', 'direct')).toMatchObject({
    exitCode: 0,
    json: { paused: true, note: 'direct' },
  });
  const window = ['--from', '2027-03-26', '--to', '2027-03-31'];
  expect((await direct('next', id, ...window)).json).toEqual(await data('next', id, ...window));
  const { json: run } = await direct('trigger', id);
  await callbackUrl(run.workflowId);
  await expect
    .poll(async () => (await direct('callbacks')).json.items, { timeout: 20_000 })
    .toEqual(expect.arrayContaining([expect.objectContaining({ runId: run.runId, step: 'load' })]));
  expect((await direct('terminate', run.workflowId)).json).toMatchObject({ status: 'terminated', trigger: 'manual' });
  expect(await direct('delete', id, '--yes')).toMatchObject({ exitCode: 0 });
  expect(await direct('describe', id)).toMatchObject({ exitCode: 4, json: null });
}, 120_000);
