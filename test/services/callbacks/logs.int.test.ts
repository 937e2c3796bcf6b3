import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CallbackHarness, startCallbackHarness, startWaitingCall } from '../../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';
import { leaksInLogs } from '../../support/log-scan.js';
import { bodyMarker, keptSecrets, runFolder } from '../../support/run-logs.js';

let harness: CallbackHarness;
let partner: HttpPartner;

beforeAll(async () => {
  harness = await startCallbackHarness();
  partner = await startPartner();
});
afterAll(async () => {
  await harness?.stop();
  await partner?.close();
});

const waiting = () =>
  startWaitingCall(harness, partner, {
    url: `${partner.url}/loads?key=${bodyMarker}`,
    body: { note: bodyMarker },
    headers: { 'x-api-key': bodyMarker },
  });

async function post(url: string, body: string, type = 'application/json'): Promise<number> {
  return (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).status;
}

it('logs of the API and the worker have the ids of calls, and neither tokens nor keys nor bodies', async () => {
  const marked = (name: string) => JSON.stringify({ [name]: bodyMarker });
  const { handle, links } = await waiting();
  const base = links.complete.replace(/\/complete$/, '');
  expect(await post(links.heartbeat, marked('message'))).toBe(200);
  expect(await post(links.complete, `{"${bodyMarker}`)).toBe(400);
  expect(await post(links.complete, marked(bodyMarker))).toBe(400);
  expect(await post(links.complete, bodyMarker, 'text/plain')).toBe(415);
  expect(await post(`${base}/${bodyMarker}`, '{}')).toBe(404);
  expect(await post(`${base.slice(0, -1)}/complete`, '{}')).toBe(404);
  expect((await fetch(base, { headers: { accept: 'text/html' } })).status).toBe(200);
  expect(await post(links.complete, marked('output'))).toBe(200);
  expect(await post(links.complete, marked('output'))).toBe(200);
  expect(await post(links.fail, marked('message'))).toBe(409);
  await handle.result();

  // What fails is what logs are full of: the step by its partner's word, and a request that a partner refuses.
  const failing = await waiting();
  expect(await post(failing.links.fail, marked('message'))).toBe(200);
  await expect(failing.handle.result()).rejects.toThrow();
  partner.answer = (_request, response) => response.writeHead(400).end(bodyMarker);
  const step = { url: `${partner.url}/${bodyMarker}`, method: 'POST', body: { note: bodyMarker } };
  const refused = await harness.start('http.request', step);
  await expect(refused.result()).rejects.toThrow();

  expect(leaksInLogs(runFolder(), { ...keptSecrets(), 'a part of a body': bodyMarker })).toEqual([]);
  const lines = (prefix: string) =>
    readdirSync(path.join(runFolder(), 'logs'))
      .filter((name) => name === `${prefix}-${process.pid}.log`)
      .flatMap((name) =>
        readFileSync(path.join(runFolder(), 'logs', name), 'utf8')
          .trim()
          .split('\n'),
      )
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  // The scan had something to look through.
  const calls = lines('api').filter(({ operation }) => operation !== undefined);
  expect(calls.map(({ operation, result }) => `${operation} ${result}`)).toEqual([
    'heartbeat applied',
    'complete invalid-input',
    'complete invalid-input',
    'complete unsupported-media-type',
    'complete applied',
    'complete duplicate',
    'fail conflict',
    'fail applied',
  ]);
  expect(new Set(calls.map(({ jti }) => jti)).size).toBe(2);
  expect(calls[0]).toMatchObject({ route: '/v1/callbacks/:token/heartbeat', status: 200 });
  // The SDK hands log lines on in batches, so that those of its core stand in their place.
  await expect
    .poll(() => lines('worker').some(({ activityType }) => activityType === 'http.request'), { timeout: 10_000 })
    .toBe(true);
  expect(leaksInLogs(runFolder(), { ...keptSecrets(), 'a part of a body': bodyMarker })).toEqual([]);
});
