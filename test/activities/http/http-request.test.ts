import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createHttpActivities } from '../../../src/activities/http/index.js';
import { retryAfterMs } from '../../../src/activities/http/step-request.js';
import type { StepCall, StepOutput, StepWith } from '../../../src/domain/steps/registry.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';

const activity = createHttpActivities({ httpAllow: ['127.0.0.1'] })['http.request'];
let partner: HttpPartner;

beforeAll(async () => {
  partner = await startPartner();
});
afterAll(() => partner.close());
beforeEach(() => {
  partner.received.length = 0;
});

function run(step: Omit<StepWith<'http.request'>, 'url'> & { url?: string }) {
  const environment = new MockActivityEnvironment(
    {
      workflowExecution: { workflowId: 'w é', runId: 'r' },
      scheduledTimestampMs: Date.now(),
      scheduleToCloseTimeoutMs: 10_000,
      startToCloseTimeoutMs: 10_000,
    },
    { logger: new DefaultLogger('ERROR') },
  );
  return environment.run<[StepCall<'http.request'>], StepOutput<'http.request'>, typeof activity>(activity, {
    scheduleId: 's',
    stepId: 'ask',
    scheduledTime: '2026-01-01T00:00:00.000Z',
    with: { url: `${partner.url}/x?q=secret`, ...step },
  });
}

it('returns status, headers and parsed JSON', async () => {
  partner.answer = (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/problem+json; charset=utf-8', 'set-cookie': ['a', 'b'] })
      .end('{"a":[1]}');
  const output = await run({});
  expect(output).toMatchObject({ status: 200, body: { a: [1] }, headers: { 'set-cookie': 'a, b' } });
  expect(partner.received[0]).toMatchObject({ method: 'GET', path: '/x?q=secret', body: '' });
  expect(partner.received[0]?.headers['idempotency-key']).toBeUndefined();
});

it('returns text where the answer is no JSON, or says so and is not', async () => {
  partner.answer = (_request, response) => response.writeHead(201, { 'content-type': 'text/csv' }).end('a,b');
  expect(await run({})).toMatchObject({ status: 201, body: 'a,b' });
  partner.answer = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{oops');
  expect(await run({})).toMatchObject({ body: '{oops' });
});

it('sends JSON with an idempotency key, text as text, and the headers of the step', async () => {
  partner.answer = (_request, response) => response.writeHead(204).end();
  await run({ method: 'POST', body: { a: 1 }, headers: { Authorization: 'Bearer t' } });
  expect(partner.received[0]).toMatchObject({
    method: 'POST',
    body: '{"a":1}',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer t',
      'idempotency-key': 'w%20%C3%A9/r/ask',
    },
  });
  await run({ method: 'PUT', body: 'plain', headers: { 'Content-Type': 'text/csv', 'idempotency-key': 'mine' } });
  expect(partner.received[1]).toMatchObject({
    body: 'plain',
    headers: { 'content-type': 'text/csv', 'idempotency-key': 'mine' },
  });
});

it.each([
  [400, true],
  [401, true],
  [404, true],
  [304, true],
  [408, false],
  [429, false],
  [500, false],
  [503, false],
])('fails on %i, nonRetryable %s', async (status, nonRetryable) => {
  partner.answer = (_request, response) => response.writeHead(status).end(status === 304 ? '' : 'secret');
  await expect(run({ method: 'POST', body: {} })).rejects.toMatchObject({
    type: 'HttpError',
    nonRetryable,
    message: `POST 127.0.0.1:${partner.port} answered ${status}`,
    details: [{ method: 'POST', host: `127.0.0.1:${partner.port}`, status }],
  });
});

it('honours Retry-After in both forms', async () => {
  partner.answer = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end();
  await expect(run({})).rejects.toMatchObject({ nextRetryDelay: 7000 });
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  expect(retryAfterMs('Thu, 01 Jan 2026 12:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 11:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBeUndefined();
});

it.each([
  ['a body with GET', { method: 'GET' as const, body: {} }],
  ['a Host header', { headers: { Host: 'other' } }],
  ['a line break in a header', { headers: { 'x-a': 'b\r\nx: y' } }],
])('refuses %s', async (_what, step) => {
  await expect(run(step)).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  expect(partner.received).toHaveLength(0);
});

it('takes an answer of 1 MiB and no more', async () => {
  partner.answer = (_request, response) => response.writeHead(200).end('x'.repeat(1024 * 1024));
  expect((await run({})).body).toHaveLength(1024 * 1024);
  partner.answer = (_request, response) => response.writeHead(200).end('x'.repeat(1024 * 1024 + 1));
  await expect(run({})).rejects.toMatchObject({ type: 'BodyTooLarge' });
});
