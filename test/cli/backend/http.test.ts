import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { AlmanacError, type ErrorCode, errorTable, toProblem } from '../../../src/domain/errors.js';
import { almanac } from '../support.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that answers as told: the wire is real, the answers are those a proxy or the API may give. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  serve((_, response) => response.writeHead(status, headers).end(body));

test.each(Object.keys(errorTable) as ErrorCode[])(
  'a problem with code %s keeps its exit code and faults',
  async (code) => {
    const error = new AlmanacError(code, `it went ${code}`, {
      details: [{ path: 'spec.cron[0]', message: 'bad', value: 'x' }],
    });
    const url = await answer(error.status, JSON.stringify(toProblem(error)), {
      'content-type': 'application/problem+json',
    });
    const json = await almanac(['describe', 'a', '--url', url, '--json']);
    expect(json).toMatchObject({ exitCode: errorTable[code].exit, stdout: '' });
    expect(JSON.parse(json.stderr)).toMatchObject({ code, status: error.status, errors: toProblem(error).errors });
    const text = await almanac(['describe', 'a', '--url', url]);
    expect(text.stderr).toMatch(new RegExp(`^error: it went ${code}`));
    expect(text.stderr).toContain('  spec.cron[0] bad (found "x")\n');
  },
);

describe('answers that no Almanac API gave', () => {
  test.each([
    [401, '{"message":"Unauthorized"}', 6, 'No key was sent: set ALMANAC_KEY'],
    [403, 'Forbidden', 6, '403 Forbidden'],
    [404, '<html>', 4, '404 Not Found'],
    [418, '', 2, "418 I'm a Teapot"],
    [500, '', 1, '500'],
    [502, '<html>', 7, '502 Bad Gateway'],
    [503, '', 7, '503'],
    [200, '<html>', 1, 'did not answer with JSON'],
    [200, '{"items":[{"id":1}]}', 1, 'not of this version of Almanac'],
  ])('%i %s ends with %i', async (status, body, exitCode, message) => {
    const result = await almanac(['list', '--url', await answer(status, body)]);
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  test('a redirect is not followed: the key stays here', async () => {
    const result = await almanac(['list', '--url', await answer(307, '', { location: 'http://127.0.0.1:1/' })]);
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.stderr).toContain('redirects elsewhere');
  });
});

test('nobody listens: exit code 7 with the address and the next step', async () => {
  const url = await answer(200, '');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const result = await almanac(['list'], { env: { ALMANAC_URL: url } });
  expect(result).toEqual({
    exitCode: 7,
    stdout: '',
    stderr: `error: cannot reach the Almanac API at ${url} (connection refused): check ALMANAC_URL and whether the server is up\n`,
  });
});

test('a host name that is not known', async () => {
  const result = await almanac(['list', '--url', 'http://almanac.invalid']);
  expect(result).toMatchObject({ exitCode: 7 });
  expect(result.stderr).toContain('the host name is not known');
});

test('a connection that breaks off in the answer is a network fault', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setTimeout(() => response.destroy(), 20);
  });
  expect(await almanac(['list', '--url', url])).toMatchObject({ exitCode: 7 });
});

describe('what is sent', () => {
  async function sent(args: string[], env: Record<string, string> = {}) {
    const requests: { method?: string; url?: string; authorization?: string; body: string }[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method, headers } = request;
        requests.push({ method, url: request.url, authorization: headers.authorization, body });
        response.writeHead(404).end();
      });
    });
    await almanac(
      args.map((arg) => arg.replace('{url}', url)),
      { env: { ALMANAC_URL: url, ...env } },
    );
    return requests[0];
  }

  test('the key as a Bearer header; ids are encoded', async () => {
    expect(await sent(['describe', 'a/b c'], { ALMANAC_KEY: 'k-1' })).toMatchObject({
      method: 'GET',
      url: '/v1/schedules/a%2Fb%20c',
      authorization: 'Bearer k-1',
    });
  });

  test('filters as query', async () => {
    const request = await sent(['list', '--text', 'a&b', '--tag', 'x', '--active', '--owner', 'me', '--limit', '7']);
    expect(request?.url).toBe('/v1/schedules?text=a%26b&tag=x&owner=me&paused=false&pageSize=7');
  });

  test('trigger with everything', async () => {
    const args = [
      'trigger',
      'a',
      '--input',
      '{"x":1}',
      '--overlap',
      'skip',
      '--scheduled-time',
      '2026-01-31T02:00:00+01:00',
    ];
    const request = await sent(args);
    expect(request).toMatchObject({ method: 'POST', url: '/v1/schedules/a/trigger' });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      input: { x: 1 },
      overlap: 'skip',
      scheduledTime: '2026-01-31T01:00:00.000Z',
    });
  });

  test.each([
    ['{url}/v1/callbacks/tok.en_-1/fail', '/v1/callbacks/tok.en_-1/complete'],
    ['{url}/v1/callbacks/tok.en_-1', '/v1/callbacks/tok.en_-1/complete'],
    ['{url}/stage/v1/callbacks/tok.en_-1/', '/stage/v1/callbacks/tok.en_-1/complete'],
    ['tok.en_-1', '/v1/callbacks/tok.en_-1/complete'],
  ])('complete %s posts to %s, without the API key', async (target, url) => {
    const request = await sent(['complete', target, '--output', '{"rows":1}'], { ALMANAC_KEY: 'k-1' });
    expect(request).toMatchObject({ method: 'POST', url, authorization: undefined, body: '{"output":{"rows":1}}' });
  });

  test('fail with everything', async () => {
    const request = await sent([
      'fail',
      'tok',
      '--message',
      'closed',
      '--code',
      'Closed',
      '--retryable',
      '--details',
      '[1]',
    ]);
    expect(JSON.parse(request?.body ?? '')).toEqual({
      message: 'closed',
      code: 'Closed',
      retryable: true,
      details: [1],
    });
  });
});

test.each([
  [403, 6, 'this link does not allow that operation'],
  [404, 4, 'this token opens no callback'],
  [409, 5, 'another outcome was delivered first'],
  [410, 4, 'this callback is over'],
])('a callback answered with %i ends with %i and never shows the token', async (status, exitCode, sentence) => {
  const url = await answer(status, '');
  for (const extra of [[], ['--json']]) {
    const result = await almanac(['complete', `${url}/v1/callbacks/secret-token/complete`, ...extra], {
      env: { ALMANAC_DEBUG: '1' },
    });
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toContain(sentence);
    expect(result.stdout + result.stderr).not.toContain('secret-token');
  }
});

test('an unreachable callback server does not make the token visible', async () => {
  const result = await almanac(['complete', 'http://127.0.0.1:9/v1/callbacks/secret-token/complete'], {
    env: { ALMANAC_DEBUG: '1' },
  });
  expect(result.exitCode).toBe(7);
  expect(result.stderr).not.toContain('secret-token');
});
