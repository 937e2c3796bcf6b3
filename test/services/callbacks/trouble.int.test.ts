import { constants, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { accessLog } from '../../../src/api/access-log.js';
import { newRouter } from '../../../src/api/router.js';
import { callbackRoutes } from '../../../src/api/routes/callbacks.js';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { createLazyDataConverter } from '../../../src/clients/lazy-payload-storage.js';
import { createDataConverter } from '../../../src/clients/payload-storage.js';
import { createS3Client } from '../../../src/clients/s3.js';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import type { KeyringSource } from '../../../src/domain/callback/keyring.js';
import { newJti, sealToken } from '../../../src/domain/callback/token.js';
import type { LinkServiceOptions } from '../../../src/services/callbacks/link-service.js';
import { createCallbackService } from '../../../src/services/callbacks/service.js';
import { memoryLog } from '../../support/api.js';
import { type CallbackHarness, startCallbackHarness, startWaitingCall } from '../../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';
import { testS3 } from '../../support/s3.js';

/** What Almanac needs is down or refuses it: the step stays as it is, and the same call succeeds later. */
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

const waiting = () => startWaitingCall(harness, partner, { url: partner.url });

async function stateOf(handle: WorkflowHandle): Promise<unknown> {
  return (await handle.describe()).raw.pendingActivities?.[0]?.state;
}

/** Another process of the API, with the same keys. */
function apiOver(client: Client, options: Partial<LinkServiceOptions> = {}) {
  const log = memoryLog();
  const app = newRouter();
  app.use(accessLog(log));
  const keys = fixedKeyring(JSON.stringify(harness.keyring));
  app.route('/', callbackRoutes(createCallbackService({ client, keys, ...options })));
  const call = async (link: string, init: RequestInit = {}) => {
    const headers = { 'content-type': 'application/json', ...init.headers };
    const response = await app.request(new URL(link).pathname, { method: 'POST', ...init, headers });
    return {
      status: response.status,
      retryAfter: Number(response.headers.get('retry-after')),
      text: await response.text(),
    };
  };
  const faults = () =>
    log.lines.filter(({ level }) => level === 'error').map(({ fields }) => String(causeOf(fields.err)));
  return { call, faults };
}

/** The innermost cause: what an operator has to know. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : error;
}

describe('a large output', () => {
  const settings = async () => ({ region: 'us-east-1', s3Endpoint: `http://127.0.0.1:${await freePort()}` });
  it.each<[string, () => Promise<DataConverter>, RegExp]>([
    [
      'that cannot be reached',
      async () => createDataConverter(createS3Client(await settings()), 'payloads'),
      /ECONNREFUSED/,
    ],
    [
      'that cannot be reached from a Lambda',
      async () => createLazyDataConverter(await settings(), 'payloads'),
      /ECONNREFUSED/,
    ],
    ['that is not there', async () => createDataConverter(testS3(), 'no-such-bucket-of-payloads'), /NoSuchBucket/],
  ])('for a bucket %s is asked for again, and the step waits', async (_what, converter, cause) => {
    const client = createTemporalClient(
      { connection: { address: inject('temporalAddress') }, namespace: 'default' },
      await converter(),
    );
    const api = apiOver(client);
    const { handle, links } = await waiting();
    const body = JSON.stringify({ output: 'x'.repeat(100 * 1024) });
    const begin = performance.now();
    const answer = await api.call(links.complete, { body });
    expect(answer).toMatchObject({ status: 503, retryAfter: 5, text: expect.stringContaining('"unavailable"') });
    expect(performance.now() - begin).toBeLessThan(8_000);
    // The operator learns why; the partner learns nothing of the inside.
    expect(api.faults()).toEqual([expect.stringMatching(cause)]);
    expect(answer.text).not.toMatch(/bucket|payloads|S3|ECONN/i);
    expect(await stateOf(handle)).toBe(2);

    const healthy = await fetch(links.complete, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect({ status: healthy.status, body: await healthy.json() }).toEqual({ status: 200, body: {} });
    expect(await handle.result()).toHaveLength(100 * 1024);
    await client.connection.close();
  });

  it('needs no bucket below the threshold', async () => {
    const client = createTemporalClient(
      { connection: { address: inject('temporalAddress') }, namespace: 'default' },
      createDataConverter(createS3Client(await settings()), 'payloads'),
    );
    const { handle, links } = await waiting();
    expect((await apiOver(client).call(links.complete, { body: '{"output":1}' })).status).toBe(200);
    expect(await handle.result()).toBe(1);
    await client.connection.close();
  });
});

describe('keys that do not come', () => {
  const keyring = () => fixedKeyring(JSON.stringify(harness.keyring));
  const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const signature = () => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
  });
  /** A link to nothing: what is tested here comes before Temporal is asked, or is about one that is down. */
  const linkOf = async (signed: boolean) => {
    const claims = {
      namespace: 'default',
      workflowId: 'w',
      runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
      activityId: 'a',
      attempt: 1,
      operations: ['complete' as const],
      expiresAt: Date.now() + 60_000,
      jti: newJti(),
      signed,
    };
    return `http://almanac/v1/callbacks/${await sealToken(await keyring()(), claims)}/complete`;
  };

  it.each<[string, Partial<LinkServiceOptions>]>([
    ['of tokens', { keys: () => new Promise(() => undefined) }],
    ['of signatures', { webhookSecret: () => new Promise(() => undefined) }],
    [
      'of signatures, again',
      { webhookSecret: (refused) => (refused ? new Promise(() => undefined) : Promise.resolve('whsec_AAAA')) },
    ],
  ])('%s hold nobody up beyond the time of an answer', async (_what, options) => {
    const api = apiOver(harness.client, { ...options, budgetMs: 400 });
    const begin = performance.now();
    const answer = await api.call(await linkOf(true), { body: '{}', headers: signature() });
    expect(answer).toMatchObject({ status: 503, retryAfter: 5, text: expect.stringContaining('keys in time') });
    expect(performance.now() - begin).toBeLessThan(1_500);
    expect(api.faults()).toEqual([expect.stringContaining('keys in time')]);
  });

  it('soon leave what is left of that time to Temporal', async () => {
    const client = createTemporalClient({
      connection: { address: `127.0.0.1:${await freePort()}` },
      namespace: 'default',
    });
    const keys: KeyringSource = async (kid) => {
      await after(800);
      return keyring()(kid);
    };
    const api = apiOver(client, { keys, budgetMs: 1_000 });
    const begin = performance.now();
    expect(await api.call(await linkOf(false), { body: '{}' })).toMatchObject({ status: 503, retryAfter: 5 });
    // 1,000 ms and the 250 that what stands beside gRPC has; it would be 800 more if each had its own.
    expect(performance.now() - begin).toBeLessThan(1_900);
    // The connection stays: the SDK waits to try again, beyond the deadline, and would throw over one that was closed.
  });
});

describe('a Temporal server that refuses the credentials of Almanac', () => {
  let server: Http2Server;
  let code: number;
  let calls: string[];
  beforeAll(async () => {
    // The answer of gRPC over HTTP/2 that has nothing but a status: https://grpc.io/docs/guides/wire, "Trailers-Only".
    server = createServer().on('stream', (stream, headers) => {
      const method = String(headers[':path']).split('/').at(-1) as string;
      calls.push(method);
      const status = method === 'GetSystemInfo' ? 12 : code;
      stream.respond(
        {
          [constants.HTTP2_HEADER_STATUS]: 200,
          'content-type': 'application/grpc',
          'grpc-status': status,
          'grpc-message': 'the key was revoked',
        },
        { endStream: true },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise<void>((resolve) => void server?.close(() => resolve())));

  it.each([
    ['UNAUTHENTICATED', 16],
    ['PERMISSION_DENIED', 7],
  ])('by %s is unavailable to the partner and a fault to the operator', async (_name, grpcStatus) => {
    [code, calls] = [grpcStatus, []];
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createTemporalClient({ connection: { address }, namespace: 'default' });
    const api = apiOver(client);
    const { handle, links } = await waiting();
    const bodies = { complete: '{}', fail: '{"message":"no","retryable":true}', heartbeat: '{}', cancel: '{}' };
    for (const [operation, body] of Object.entries(bodies)) {
      const answer = await api.call(links[operation as keyof typeof bodies], { body });
      expect(answer, operation).toMatchObject({ status: 503, retryAfter: 30 });
      expect(answer.text).not.toContain('revoked');
    }
    const base = links.complete.replace(/\/complete$/, '');
    for (const accept of ['application/json', 'text/html']) {
      const answer = await api.call(base, { method: 'GET', headers: { accept } });
      expect(answer, accept).toMatchObject({ status: 503, retryAfter: 30 });
    }
    expect(api.faults()).toHaveLength(6);
    for (const fault of api.faults()) expect(fault).toContain('the key was revoked');
    expect(calls).toContain('RespondActivityTaskCompletedById');
    expect(await stateOf(handle)).toBe(2);
    expect((await fetch(links.complete, { method: 'POST' })).status).toBe(200);
    await handle.result();
    await client.connection.close();
  });
});
