import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { caller, newId, testApp } from '../support/api.js';
import { eventually, testWebhookSecret } from '../support/callback-harness.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

let platform: TestPlatform;
let app: ReturnType<typeof testApp>;
let call: ReturnType<typeof caller>;

beforeAll(async () => {
  platform = await startPlatform();
  app = testApp(platform.client, {
    callbackKeys: fixedKeyring(JSON.stringify(platform.keyring)),
    webhookSecret: testWebhookSecret,
    publicUrl: 'https://almanac.example.com/base',
  });
  call = caller(app.app);
});
afterAll(() => platform?.stop());

const linksOf = (workflowId: string, step: string) =>
  `/v1/runs/${encodeURIComponent(workflowId)}/steps/${encodeURIComponent(step)}/links`;

describe('links issued again', () => {
  it('answer the step, also one that wants its partner to sign, and leave the others good; the log says who got them', async () => {
    const before = platform.partner.received.length;
    const url = platform.partner.url;
    const handle = await platform.run([{ id: 'load', uses: 'http.callback', with: { url, signed: true } }], {
      workflowId: newId('links/with slash'),
    });
    const request = await eventually('the request', () => platform.partner.received[before]);
    const waiting = await eventually('the step to wait', async () => {
      const { json } = await call('GET', `/v1/runs/${encodeURIComponent(handle.workflowId)}`);
      return json.steps[0].status === 'waiting' ? json.steps[0] : undefined;
    });

    const answer = await call('POST', linksOf(handle.workflowId, 'load'), { as: 'operator' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(answer.json).sort()).toEqual(['cancel', 'complete', 'expiresAt', 'fail', 'heartbeat']);
    expect(answer.json.expiresAt).toBe(waiting.callback.expiresAt);
    const token = /^https:\/\/almanac\.example\.com\/base\/v1\/callbacks\/([\w.-]+)\/complete$/.exec(
      answer.json.complete,
    )?.[1] as string;

    const lines = app.log.lines.filter(({ message }) => message === 'callback links issued');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({
      workflowId: handle.workflowId,
      step: 'load',
      principal: 'operator-key',
      jti: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(JSON.stringify(app.log.lines)).not.toContain(token);

    const old = JSON.parse(request.body).callback.heartbeat as string;
    const oldPath = new URL(old).pathname;
    expect((await app.app.request(oldPath, { method: 'POST' })).status, 'the partner has to sign').toBe(401);
    const done = await app.app.request(`/v1/callbacks/${token}/complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"output":"by hand"}',
    });
    expect(done.status).toBe(200);
    await handle.result();
    expect(await call('POST', linksOf(handle.workflowId, 'load'))).toMatchObject({
      status: 409,
      json: { code: 'conflict' },
    });
  });

  it('are for steps that wait', async () => {
    expect((await call('POST', linksOf(newId('absent'), 'load'))).status).toBe(404);
    const handle = await platform.run([{ id: 'pause', uses: 'wait', with: { duration: '1m' } }]);
    const path = linksOf(handle.workflowId, 'pause');
    expect((await call('POST', path)).status).toBe(409);
    expect((await call('POST', path, { as: 'viewer' })).status).toBe(403);
    await handle.terminate();
  });
});
