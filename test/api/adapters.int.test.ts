import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LambdaContext } from 'hono/aws-lambda';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { handler } from '../../src/api/lambda-control.js';
import { startSesSink } from '../../src/local/ses-sink/index.js';
import { caller, testApp } from '../support/api.js';
import { testClient } from '../support/temporal.js';

afterEach(() => vi.unstubAllEnvs());

/** An HTTP API event of payload format 2.0, as API Gateway sends it. */
function event(method: string, rawPath: string, headers: Record<string, string> = {}) {
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  const requestContext = {
    accountId: '1',
    apiId: 'a',
    authentication: null,
    authorizer: {},
    domainName: 'api.example.com',
    domainPrefix: 'api',
    http,
    requestId: 'r1',
    routeKey: '$default',
    stage: '$default',
    time: '20/Nov/2026:00:00:00 +0000',
    timeEpoch: 1_795_000_000_000,
  };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: 'api.example.com', ...headers },
    requestContext,
    body: null,
    isBase64Encoded: false,
  };
}

const context = {
  awsRequestId: 'r1',
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'control',
  functionVersion: '1',
  invokedFunctionArn: 'arn',
  memoryLimitInMB: '256',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => 10_000,
} satisfies LambdaContext;

describe('the same app behind Lambda', () => {
  it('answers events of an HTTP API', async () => {
    vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
    vi.stubEnv('ALMANAC_LOG_LEVEL', 'error');
    const sha256 = createHash('sha256').update('lambda-key').digest('hex');
    vi.stubEnv('ALMANAC_API_KEYS', JSON.stringify([{ name: 'l', role: 'viewer', sha256 }]));
    expect(await handler(event('GET', '/v1/schedules'), context)).toMatchObject({ statusCode: 401 });
    const authorization = 'Bearer lambda-key';
    const listed = await handler(event('GET', '/v1/schedules', { authorization }), context);
    expect(listed).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(listed.body)).toHaveProperty('items');
    const missing = await handler(event('GET', '/v1/runs/a%2Fb', { authorization }), context);
    expect(JSON.parse(missing.body)).toMatchObject({ status: 404, detail: 'run a/b does not exist' });
  });
});

describe('the local platform', () => {
  it('shows mails to who has a key, and pids in its health', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-api-'));
    const sink = await startSesSink({ port: 0, folder });
    const localStateFile = path.join(folder, 'platform.json');
    writeFileSync(localStateFile, JSON.stringify({ pid: 1, components: [{ name: 'temporal', pid: 4711 }] }));
    try {
      const { app } = testApp(testClient(), { localMailUrl: sink.url, localStateFile });
      const call = caller(app);
      await fetch(sink.url, {
        method: 'POST',
        body: new URLSearchParams({
          Action: 'SendEmail',
          Source: 'a@example.com',
          'Destination.ToAddresses.member.1': 'b@example.com',
          'Message.Subject.Data': 'Hello',
          'Message.Body.Text.Data': 'World',
        }),
      });
      expect((await app.request('/local/mail')).status).toBe(401);
      const listed = await call('GET', '/local/mail', { as: 'viewer' });
      expect(listed.json.items).toMatchObject([{ subject: 'Hello', to: ['b@example.com'] }]);
      const mail = await call('GET', `/local/mail/${listed.json.items[0].id}`, { as: 'viewer' });
      expect(mail.text).toContain('World');
      expect(mail.headers.get('content-type')).toBe('message/rfc822');
      expect((await call('GET', '/local/mail/..%2F..%2Fetc')).status).toBe(404);
      const health = await call('GET', '/health');
      expect(health.json.components).toContainEqual({ name: 'temporal', status: 'ok', pid: 4711 });
      expect(health.json.components).toContainEqual({ name: 'api', status: 'ok', pid: process.pid });
    } finally {
      await sink.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
