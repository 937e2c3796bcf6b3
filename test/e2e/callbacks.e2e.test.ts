import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallbackLinks } from '../../src/domain/callback/urls.js';
import { type HttpPartner, startPartner } from '../support/http-partner.js';
import { LocalPlatform } from '../support/local-platform.js';
import { leaksInLogs } from '../support/log-scan.js';
import { bodyMarker } from '../support/run-logs.js';

const run = promisify(execFile);
/** Stands in every body: no log may have it, now and at the end of the run. */
const marker = bodyMarker;

let platform: LocalPlatform;
let partner: HttpPartner;

beforeAll(async () => {
  platform = await LocalPlatform.create();
  await platform.start();
  partner = await startPartner();
  await platform.put({
    id: 'callback-e2e',
    spec: { intervals: [{ every: '1d' }] },
    action: {
      steps: [
        {
          id: 'load',
          uses: 'http.callback',
          with: { url: `${partner.url}/loads?secret=${marker}`, body: { note: marker } },
          timeout: '10m',
        },
      ],
    },
  } as { id: string });
});
afterAll(async () => {
  await partner?.close();
  await platform?.stop();
  await platform?.remove();
});

async function waiting(): Promise<{ workflowId: string; links: CallbackLinks }> {
  const before = partner.received.length;
  const { workflowId } = await platform.trigger('callback-e2e');
  const links = await platform.until('the request', async () => {
    const request = partner.received[before];
    return request && (JSON.parse(request.body) as { callback: CallbackLinks }).callback;
  });
  await platform.until('the step to wait', async () => {
    const { steps } = await platform.run(workflowId);
    return steps[0]?.status === 'waiting' || undefined;
  });
  return { workflowId, links };
}

async function post(url: string, body: object) {
  const begin = Date.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, answer, ms: Date.now() - begin, retryAfter: response.headers.get('retry-after') };
}

const almanac = (...args: string[]) =>
  run(process.execPath, ['bin/almanac.mjs', ...args], { env: platform.environment });
const temporalPid = () => platform.pids().get('temporal') as number;

describe('while Temporal', () => {
  test('is frozen: 503 within 8 s, and the same call is applied once it goes on', async () => {
    const { workflowId, links } = await waiting();
    const body = { output: { frozen: marker } };
    process.kill(temporalPid(), 'SIGSTOP');
    try {
      const calls = [post(links.complete, body), post(links.heartbeat, {}), post(links.complete, { output: 'other' })];
      for (const { status, ms, retryAfter } of await Promise.all(calls)) {
        expect(status).toBe(503);
        expect(ms).toBeLessThan(8_000);
        expect(Number(retryAfter)).toBeGreaterThan(0);
      }
      const state = await fetch(links.complete.replace(/\/complete$/, ''));
      expect(state.status).toBe(503);
    } finally {
      process.kill(temporalPid(), 'SIGCONT');
    }
    // What was sent while it was frozen may have reached it after all: one outcome stands, and the calls agree on which.
    const mine = await until200or409(() => post(links.complete, body));
    const run = await platform.ended(workflowId);
    expect(run.steps[0]?.output).toEqual(mine === 200 ? { frozen: marker } : 'other');
  });

  test('is killed: nothing is taken, and after the next start the same link completes the step, once', async () => {
    const { workflowId, links } = await waiting();
    process.kill(temporalPid(), 'SIGKILL');
    const body = { output: { restarted: true } };
    // The platform can't go on without its Temporal server: it answers 503 until it has ended, and then nobody does.
    const first = await post(links.complete, body).catch(() => undefined);
    expect([503, undefined]).toContain(first?.status);
    await platform.stop();
    await platform.start();
    expect(await until200or409(() => post(links.complete, body))).toBe(200);
    expect(await post(links.complete, body)).toMatchObject({ status: 200, answer: { duplicate: true } });
    expect((await post(links.fail, { message: 'too late' })).status).toBe(409);
    expect((await platform.ended(workflowId)).steps[0]?.output).toEqual(body.output);
  });
});

async function until200or409(call: () => ReturnType<typeof post>): Promise<number> {
  return platform.until('Temporal to answer', async () => {
    const { status } = await call();
    return status === 503 ? undefined : status;
  });
}

describe('keys and links', () => {
  test('rotate without a restart; a link of a key that was dropped is unknown; an operator makes another', async () => {
    const { workflowId, links } = await waiting();
    await almanac('keys', 'rotate');
    expect((await post(links.heartbeat, { message: marker })).status).toBe(200);
    const { stdout } = await almanac('links', workflowId, 'load', '--json');
    const fresh = JSON.parse(stdout) as CallbackLinks;
    expect((await post(fresh.heartbeat, {})).status).toBe(200);

    const file = path.join(platform.home, 'callback-keys.json');
    const ring = JSON.parse(readFileSync(file, 'utf8')) as { current: string; keys: { kid: string }[] };
    writeFileSync(file, JSON.stringify({ ...ring, keys: ring.keys.filter(({ kid }) => kid === ring.current) }));
    expect((await post(links.complete, {})).status).toBe(404);
    expect((await post(fresh.complete, { output: marker })).status).toBe(200);
    expect((await platform.ended(workflowId)).status).toBe('completed');
  });
});

describe('a cancelled run', () => {
  test('tells its partner, and shows that it did', async () => {
    const { workflowId } = await waiting();
    await platform.request('POST', `/v1/runs/${encodeURIComponent(workflowId)}/cancel`, { reason: 'no longer needed' });
    const event = await platform.until('the notice', async () =>
      partner.received.find(({ headers }) => headers['almanac-event'] === 'callback.cancelled'),
    );
    const { data } = JSON.parse(event.body) as { data: { workflowId: string; callback: string } };
    expect(data.workflowId).toBe(workflowId);
    expect((await post(`${data.callback}/cancel`, {})).status).toBe(200);
    const run = await platform.ended(workflowId);
    expect(run.status).toBe('canceled');
    expect(run.steps[0]?.cancelNotice).toMatchObject({ status: 'delivered' });
    const { stdout } = await almanac('run', workflowId);
    expect(stdout).toContain('the partner was told');
  });
});

test('no token, key or body is in any log', async () => {
  const { workflowId, links } = await waiting();
  // Also what goes wrong, which is when logs get talkative.
  await fetch(links.complete, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"${marker}` });
  await fetch(links.complete, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: marker });
  await post(links.complete, { [marker]: 1 });
  await fetch(`${links.complete.replace(/\/complete$/, '')}/${marker}`);
  await fetch(links.complete.slice(0, -20));
  expect((await post(links.fail, { message: marker, code: 'Broken', details: { marker } })).status).toBe(200);
  await platform.ended(workflowId);
  expect(leaksInLogs(platform.home, { 'a part of a body': marker })).toEqual([]);

  // The scan itself sees what it should.
  const planted = path.join(platform.home, 'logs', 'scan.log');
  appendFileSync(planted, `${links.complete}\nkey ${platform.key}\n${marker}\n`);
  expect(leaksInLogs(platform.home, { 'a part of a body': marker })).toEqual([
    'scan.log:1 a callback token',
    'scan.log:2 the admin key',
    'scan.log:3 a part of a body',
  ]);
  rmSync(planted);
});
