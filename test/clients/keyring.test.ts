import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cachedKeyring, openKeyring } from '../../src/clients/keyring.js';
import { newKeyring } from '../support/callback-harness.js';

const nowhere = { json: undefined, file: undefined, secret: undefined };
const aws = { region: 'us-east-1' };
const unreported = (error: unknown) => {
  throw error;
};

describe('where the ring is', () => {
  it('may be nowhere', async () => {
    expect(await openKeyring(nowhere, aws, unreported)).toBeUndefined();
  });

  it('is read at the start, so that a bad one is seen there', async () => {
    await expect(openKeyring({ ...nowhere, json: '{}' }, aws, unreported)).rejects.toThrow('not usable');
    const file = '/there/is/no/such/file';
    await expect(openKeyring({ ...nowhere, file }, aws, unreported)).rejects.toThrow(`cannot read ${file}`);
  });
});

describe('a ring in a secret store', () => {
  // The times are those of every process: only the clock is the test's.
  afterEach(() => vi.useRealTimers());
  function setUp() {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const state = { reads: 0, stored: JSON.stringify(newKeyring('k1')), reports: [] as unknown[] };
    const source = cachedKeyring(
      async () => {
        state.reads += 1;
        return state.stored;
      },
      (error) => state.reports.push(error),
    );
    return { state, source };
  }

  it('is read once for many at the same moment, and again after a minute', async () => {
    const { state, source } = setUp();
    await Promise.all([source(), source(), source('k1')]);
    vi.setSystemTime(59_999);
    await source();
    expect(state.reads).toBe(1);
    vi.setSystemTime(60_000);
    await source();
    expect(state.reads).toBe(2);
  });

  it('is read again for a key that it does not have, but not for every made-up token', async () => {
    const { state, source } = setUp();
    await source();
    state.stored = JSON.stringify(newKeyring('k2'));
    await source('k2');
    expect(state.reads).toBe(1);
    vi.setSystemTime(29_999);
    await source('k2');
    expect(state.reads).toBe(1);
    vi.setSystemTime(30_000);
    expect((await source('k2')).current).toBe('k2');
    for (let index = 0; index < 100; index += 1) await source(`made-up-${index}`);
    expect(state.reads).toBe(2);
  });

  it('stays in use when the store fails', async () => {
    const { state, source } = setUp();
    await source();
    vi.setSystemTime(60_000);
    state.stored = 'not a ring';
    expect((await source()).current).toBe('k1');
    expect(state.reports).toHaveLength(1);
  });
});

describe('a ring in AWS Secrets Manager', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
    vi.unstubAllEnvs();
  });

  /** The service's wire protocol (AWS JSON 1.1) on 127.0.0.1; the client is the real one of the SDK. */
  async function secretsManager(answer: RequestListener) {
    const received: { target: unknown; body: unknown }[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push({ target: request.headers['x-amz-target'], body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => {
      server.close();
      server.closeAllConnections();
    });
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    return received;
  }
  const place = { ...nowhere, secret: 'almanac/callback-keys' };

  it('is asked for by its name, once, and opens tokens', async () => {
    const ring = newKeyring('k1');
    const received = await secretsManager((_request, response) =>
      response.end(JSON.stringify({ Name: place.secret, SecretString: JSON.stringify(ring) })),
    );
    const source = await openKeyring(place, aws, unreported);
    expect([...((await source?.())?.keys.keys() ?? [])]).toEqual(['k1']);
    expect(received).toEqual([
      { target: 'secretsmanager.GetSecretValue', body: { SecretId: 'almanac/callback-keys' } },
    ]);
  });

  it.each([
    ['is missing', 400, { __type: 'ResourceNotFoundException', message: 'not there' }, 'not there'],
    ['is forbidden', 400, { __type: 'AccessDeniedException', message: 'no right' }, 'no right'],
    ['has no text', 200, { SecretBinary: 'AAAA' }, 'not JSON'],
  ])('that %s is seen at the start, by its name', async (_what, status, body, reason) => {
    await secretsManager((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
    const opening = openKeyring(place, aws, unreported);
    await expect(opening).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(opening).rejects.toThrow(reason);
  });

  it('that does not answer holds nobody up for long', async () => {
    await secretsManager(() => undefined);
    const begin = performance.now();
    await expect(openKeyring(place, aws, unreported)).rejects.toThrow('cannot read secret almanac/callback-keys');
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});
