import { describe, expect, it } from 'vitest';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { caller, newId, testApp, testKeys, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const { app, log } = testApp(testClient());
const call = caller(app);
const admin = { authorization: `Bearer ${testKeys.admin}` };

describe('page tokens that no list gave', () => {
  it.each(['/v1/callbacks', '/v1/runs', '/v1/schedules'])('are the fault of the caller: %s', async (path) => {
    for (const token of ['x', '0.AAAA', '0.eyJhIjoxfQ', 'AAAA', '0.////', '99999.AA']) {
      const answer = await call('GET', `${path}?pageToken=${encodeURIComponent(token)}`);
      expect(answer, token).toMatchObject({ status: 400, json: { errors: [{ path: 'pageToken' }] } });
    }
  });
});

it('refuses zero characters in what lists look for', async () => {
  for (const query of ['/v1/schedules?owner=a%00b', '/v1/schedules?tag=%00', '/v1/schedules/a%00b/runs']) {
    expect((await call('GET', query)).status, query).toBe(400);
  }
});

describe('requests', () => {
  it('are JSON', async () => {
    const send = (body: string, type?: string) =>
      app.request('/v1/schedules', {
        method: 'POST',
        body,
        headers: { ...admin, ...(type ? { 'content-type': type } : {}) },
      });
    expect((await send('{}', 'text/plain')).status).toBe(415);
    expect((await send('a=b', 'application/x-www-form-urlencoded')).status).toBe(415);
    const broken = await send('{"id": ', 'application/json');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'invalid-input', detail: expect.stringContaining('not JSON') });
    for (const body of ['null', '[]', '"text"', '1']) {
      const answer = await send(body, 'application/json; charset=utf-8');
      expect(await answer.json(), body).toMatchObject({ status: 400, code: 'invalid-input' });
    }
  });

  it('are at most 1 MiB, with a length or without', async () => {
    const large = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
    const answer = await app.request('/v1/schedules', {
      method: 'POST',
      body: large,
      headers: { ...admin, 'content-type': 'application/json', 'content-length': String(large.length) },
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'too-large' });
    const streamed = await app.request('/v1/schedules', {
      method: 'POST',
      body: new Blob([large]).stream(),
      headers: { ...admin, 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  it('to no address or by the wrong method are problems', async () => {
    expect(await call('GET', '/v1/nothing')).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(await call('POST', '/v1/plans', { body: {} })).toMatchObject({ status: 404 });
    const wrong = await call('PATCH', '/v1/schedules/x');
    expect(wrong).toMatchObject({ status: 405, json: { code: 'method-not-allowed' } });
    expect(wrong.headers.get('allow')).toBe('GET, PUT, DELETE, HEAD');
    expect((await app.request('/nothing')).status).toBe(404);
    expect((await app.request('/v1/nothing')).status).toBe(401);
  });

  it('are logged by their route, without credentials, bodies or tokens', async () => {
    log.lines.length = 0;
    await call('GET', '/v1/schedules/secret-name', { as: 'viewer' });
    await call('POST', '/v1/callbacks/very-secret-token/complete', { body: { output: 'secret-output' } });
    await call('POST', '/v1/callbacks/very-secret-token/typo', { body: {} });
    const lines = log.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields);
    expect(lines).toMatchObject([
      { method: 'GET', route: '/v1/schedules/:id', status: 404, principal: 'viewer-key', ms: expect.any(Number) },
      { method: 'POST', route: '/v1/callbacks/:token/complete', status: 404 },
      { method: 'POST', route: '(none)', status: 404 },
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/secret|test-viewer-key/);
    const answer = await app.request('/health', { headers: { 'x-request-id': 'abc-1' } });
    expect(answer.headers.get('x-request-id')).toBe('abc-1');
    const forged = await app.request('/health', { headers: { 'x-request-id': 'a "b" c' } });
    expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('get a page or JSON at the root, and no local mail where there is no sink', async () => {
    expect(await (await app.request('/')).json()).toMatchObject({ name: 'Almanac' });
    const page = await app.request('/', { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect((await call('GET', '/local/mail')).status).toBe(404);
  });
});

describe('health', () => {
  it('is degraded without a worker, and names the parts', async () => {
    const { app: other } = testApp(testClient(), {
      taskQueue: newId('nobody'),
      probeS3: () => Promise.reject(new Error('down')),
    });
    const answer = await other.request('/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'degraded',
      components: [
        { name: 'temporal', status: 'ok' },
        { name: 's3', status: 'down', detail: expect.any(String) },
        { name: 'worker', status: 'down', detail: expect.stringContaining('no worker') },
        { name: 'api', status: 'ok' },
      ],
    });
  });
});

describe('with Temporal down', () => {
  const down = createTemporalClient({ connection: { address: '127.0.0.1:9' }, namespace: 'default' });
  const { app: lonely } = testApp(down);
  const ask = caller(lonely);

  it.each([
    ['GET', '/v1/schedules', undefined],
    ['GET', '/v1/schedules/x', undefined],
    ['POST', '/v1/schedules', yearly('x')],
    ['PUT', '/v1/schedules/x', yearly('x')],
    ['POST', '/v1/schedules/x/trigger', {}],
    ['GET', '/v1/runs', undefined],
    ['GET', '/v1/runs/x', undefined],
    ['GET', '/v1/callbacks', undefined],
  ] as const)('%s %s answers 503 within seconds', async (method, path, body) => {
    const start = Date.now();
    const answer = await ask(method, path, { body });
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  it('health is down and still answers', async () => {
    const answer = await lonely.request('/health');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 'down' });
  });

  it('computes the fire times of an unsaved definition all the same', async () => {
    const body = { definition: yearly('x'), start: '2026-01-01T00:00:00Z', end: '2028-01-01T00:00:00Z' };
    const answer = await ask('POST', '/v1/fire-times', { body });
    expect(answer.json.fireTimes).toEqual(['2026-01-01T01:00:00.000Z', '2027-01-01T01:00:00.000Z']);
  });
});
