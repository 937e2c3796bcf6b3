import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActivityFailure, WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callbackRoutes } from '../../../src/api/routes/callbacks.js';
import { fileKeyring, fixedKeyring } from '../../../src/clients/keyring.js';
import { type KeyringFile, parseKeyring } from '../../../src/domain/callback/keyring.js';
import { rotateKeyring } from '../../../src/domain/callback/rotate-keyring.js';
import {
  afterAllAttempts,
  type CallbackClaims,
  keyIdOf,
  newJti,
  openToken,
  sealToken,
} from '../../../src/domain/callback/token.js';
import type { CallbackLinks } from '../../../src/domain/callback/urls.js';
import { createLinkIssuer } from '../../../src/services/callbacks/issue-links.js';
import { listPending } from '../../../src/services/callbacks/pending.js';
import { createCallbackService } from '../../../src/services/callbacks/service.js';
import {
  type CallbackHarness,
  eventually,
  newKeyring,
  startCallbackHarness,
  startWaitingCall,
  testWebhookSecret,
  type WaitingCall,
} from '../../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';

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
beforeEach(() => {
  partner.received.length = 0;
  partner.answer = (_request, response) => response.writeHead(202).end();
});

interface Waiting extends WaitingCall {
  token: string;
}

/** Starts a run whose step waits for its callback, and hands out what the partner got. */
async function waiting(more: Parameters<CallbackHarness['start']>[2] = {}): Promise<Waiting> {
  const step = { url: `${partner.url}/loads`, body: { rows: 3 } };
  const waitingCall = await startWaitingCall(harness, partner, step, more);
  return { ...waitingCall, token: waitingCall.links.complete.split('/').at(-2) as string };
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function answerOf(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  const error = (await handle.result().then(
    () => expect.fail('the run succeeded'),
    (caught: unknown) => caught,
  )) as WorkflowFailedError;
  const cause = (error.cause as ActivityFailure).cause;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  return cause as ApplicationFailure;
}

async function claimsOf(token: string): Promise<CallbackClaims> {
  return (await openToken(parseKeyring(JSON.stringify(harness.keyring)), token)) as CallbackClaims;
}

function seal(claims: CallbackClaims, ring = harness.keyring): Promise<string> {
  return sealToken(parseKeyring(JSON.stringify(ring)), { ...claims, jti: newJti() });
}

const operationUrl = (token: string, operation: string) => `${harness.url}/v1/callbacks/${token}/${operation}`;

async function historyLength(handle: WorkflowHandle): Promise<number> {
  return (await handle.describe()).historyLength;
}

/** Posts without a Content-Length. */
function chunked(url: string, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const request = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode as number);
    });
    request.on('error', reject);
    for (let at = 0; at < text.length; at += 4096) request.write(text.slice(at, at + 4096));
    request.end();
  });
}

async function pendingOf(handle: WorkflowHandle) {
  return (await handle.describe()).raw.pendingActivities?.[0];
}

/** Links of the request of an attempt, once its activity waits for its callback. */
async function linksOfRequest(handle: WorkflowHandle, attempt: number): Promise<CallbackLinks> {
  const request = await eventually(`request ${attempt}`, () => partner.received[attempt - 1]);
  expect(request.headers['almanac-attempt']).toBe(String(attempt));
  await eventually(`attempt ${attempt} to stay open`, async () => {
    const activity = await pendingOf(handle);
    return (activity?.attempt === attempt && activity.state === 2) || undefined;
  });
  return (JSON.parse(request.body) as { callback: CallbackLinks }).callback;
}

/** What an operator gets for a partner that lost its links. */
async function issued(handle: WorkflowHandle): Promise<CallbackLinks> {
  const keys = fixedKeyring(JSON.stringify(harness.keyring));
  const issuer = createLinkIssuer({ client: harness.client, keys, publicUrl: harness.url });
  return (await issuer.issue({ workflowId: handle.workflowId, stepId: 'load' })).links;
}

describe('the outgoing request', () => {
  it('carries the links in body and header, a signature and an idempotency key', async () => {
    const { handle, request, links, token } = await waiting();
    const { runId } = await handle.describe();
    expect(request.method).toBe('POST');
    expect(JSON.parse(request.body)).toMatchObject({
      rows: 3,
      callback: { complete: operationUrl(token, 'complete') },
    });
    expect(Object.keys(links).sort()).toEqual(['cancel', 'complete', 'expiresAt', 'fail', 'heartbeat']);
    expect(request.headers['almanac-callback-url']).toBe(`${harness.url}/v1/callbacks/${token}`);
    expect(request.headers['idempotency-key']).toBe(`${handle.workflowId}/${runId}/load`);
    const signed = new Webhook(testWebhookSecret).verify(request.body, request.headers as Record<string, string>);
    expect(signed).toMatchObject({ rows: 3 });
    expect(token.length).toBeLessThan(2048);
    const claims = await claimsOf(token);
    expect(claims).toMatchObject({ namespace: 'default', workflowId: handle.workflowId, runId, activityId: 'load' });
    // 60 s of the step and 60 s more.
    expect(Math.abs(Date.parse(links.expiresAt) - Date.now() - 120_000)).toBeLessThan(15_000);
    await post(links.complete, {});
    await handle.result();
  });

  it('is sent again on 503 with Retry-After, as another attempt whose links work too', async () => {
    partner.answer = (_request, response) =>
      partner.received.length === 1
        ? response.writeHead(503, { 'retry-after': '1' }).end()
        : response.writeHead(202).end();
    const handle = await harness.start('http.callback', { url: partner.url });
    const first = await eventually('the first request', () => partner.received[0]);
    const second = await eventually('the second request', () => partner.received[1]);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.headers['almanac-attempt']).toBe('2');
    const firstLinks = (JSON.parse(first.body) as { callback: CallbackLinks }).callback;
    expect((await post(firstLinks.complete, { output: 'by the first link' })).status).toBe(200);
    expect(await handle.result()).toBe('by the first link');
  });

  it('fails the step on 400 without another try, and the message holds no body', async () => {
    partner.answer = (_request, response) => response.writeHead(400).end('secret reason');
    const handle = await harness.start('http.callback', { url: `${partner.url}/x?key=secret` });
    const failure = await failureOf(handle);
    expect(failure).toMatchObject({ type: 'HttpError', nonRetryable: true });
    expect(failure.message).toBe(`POST 127.0.0.1:${partner.port} answered 400`);
    expect(partner.received).toHaveLength(1);
  });
});

describe('complete', () => {
  it('delivers the output, answers repeats as duplicates and another body with 409', async () => {
    const { handle, links } = await waiting();
    expect(await answerOf(await post(links.complete, { output: { rows: 5, names: ['é'] } }))).toEqual({
      status: 200,
      body: {},
    });
    expect(await handle.result()).toEqual({ rows: 5, names: ['é'] });
    for (const _ of [1, 2]) {
      expect(await answerOf(await post(links.complete, { output: { rows: 5, names: ['é'] } }))).toEqual({
        status: 200,
        body: { duplicate: true },
      });
    }
    expect(await answerOf(await post(links.complete, { output: 6 }))).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect((await post(links.fail, { message: 'too late' })).status).toBe(409);
    expect((await post(links.heartbeat, { done: 1 })).status).toBe(410);
  });

  it('leaves its identity in the history: which token, which operation, which bytes', async () => {
    const { handle, links, token } = await waiting();
    const body = '{ "output" : 1 }';
    expect((await post(links.complete, body)).status).toBe(200);
    await handle.result();
    const { events = [] } = await handle.fetchHistory();
    const completed = events?.find((event) => event.activityTaskCompletedEventAttributes);
    const { jti } = await claimsOf(token);
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(completed?.activityTaskCompletedEventAttributes?.identity).toBe(
      `almanac-callback:${jti}:complete:${sha256}`,
    );
  });

  it('takes the token as a Bearer header', async () => {
    const { handle, token } = await waiting();
    const url = `${harness.url}/v1/callbacks/complete`;
    expect((await post(url, { output: 1 }, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect(await handle.result()).toBe(1);
    expect((await post(url, { output: 1 })).status).toBe(404);
  });

  it('applies one of many parallel calls', async () => {
    const { handle, links } = await waiting();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => post(links.complete, { output: index }).then(answerOf)),
    );
    const applied = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(applied).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    expect(await handle.result()).toBe(applied[0]);
  });

  it('with an earlier run of the same workflow id answers 410 and leaves the new run alone', async () => {
    const workflowId = `same-id-${newJti()}`;
    const old = await waiting({ workflowId });
    await old.handle.terminate('superseded');
    const fresh = await waiting({ workflowId });
    for (const operation of ['complete', 'fail', 'heartbeat', 'cancel'] as const) {
      const body = operation === 'fail' ? { message: 'x' } : {};
      expect((await post(old.links[operation], body)).status).toBe(410);
    }
    expect((await fresh.handle.describe()).status.name).toBe('RUNNING');
    expect((await post(fresh.links.complete, { output: 'new' })).status).toBe(200);
    expect(await fresh.handle.result()).toBe('new');
  });

  it('also works while the step is between two attempts; other operations are told to come again', async () => {
    partner.answer = (_request, response) => response.writeHead(503, { 'retry-after': '30' }).end();
    const handle = await harness.start('http.callback', { url: partner.url });
    const { body } = await eventually('the request', () => partner.received[0]);
    const { callback } = JSON.parse(body) as { callback: CallbackLinks };
    await eventually('the back-off', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some((activity) => activity.state === 1 && activity.attempt === 2) || undefined;
    });
    const beat = await post(callback.heartbeat, { done: 1 });
    expect(beat.status).toBe(503);
    expect(Number(beat.headers.get('retry-after'))).toBeGreaterThan(1);
    expect((await post(callback.fail, { message: 'no' })).status).toBe(503);
    expect((await post(callback.cancel, {})).status).toBe(409);
    expect((await post(callback.complete, { output: 'early' })).status).toBe(200);
    expect(await handle.result()).toBe('early');
  });
});

describe('fail', () => {
  it('fails the step with the code as its kind', async () => {
    const { handle, links } = await waiting();
    const body = { message: 'no such table', code: 'NoTable', details: { table: 'orders' } };
    expect((await post(links.fail, body)).status).toBe(200);
    const failure = await failureOf(handle);
    expect(failure).toMatchObject({ type: 'NoTable', message: 'no such table', nonRetryable: true });
    expect(failure.details).toEqual([{ table: 'orders' }]);
    expect(await answerOf(await post(links.fail, body))).toEqual({ status: 200, body: { duplicate: true } });
    expect((await post(links.complete, {})).status).toBe(409);
  });

  it('when retryable sends the request again, and its repeat does not fail the next attempt', async () => {
    const { handle, links } = await waiting();
    const body = { message: 'busy', retryable: true };
    expect(await answerOf(await post(links.fail, body))).toEqual({ status: 200, body: {} });
    await eventually('the second request', () => partner.received[1]);
    expect(await answerOf(await post(links.fail, body))).toEqual({ status: 200, body: { duplicate: true } });
    expect(partner.received).toHaveLength(2);
    expect((await post(links.complete, { output: 'second time lucky' })).status).toBe(200);
    expect(await handle.result()).toBe('second time lucky');
  });

  it('with the words of the attempt before is a new answer through new links, and a repeat through old ones', async () => {
    const retry = { maximumAttempts: 3, initialInterval: '100ms' };
    const { handle, links: first } = await waiting({ options: { retry } });
    const busy = { message: 'busy', code: 'Busy', retryable: true };
    const applied = { status: 200, body: {} };
    const duplicate = { status: 200, body: { duplicate: true } };
    expect(await answerOf(await post(first.fail, busy))).toEqual(applied);
    const second = await linksOfRequest(handle, 2);
    expect(await answerOf(await post(first.fail, busy))).toEqual(duplicate);
    expect(await pendingOf(handle)).toMatchObject({ attempt: 2, state: 2 });

    expect(await answerOf(await post(second.fail, busy))).toEqual(applied);
    const third = await linksOfRequest(handle, 3);
    for (const old of [first, second]) expect(await answerOf(await post(old.fail, busy))).toEqual(duplicate);
    expect(await pendingOf(handle)).toMatchObject({ attempt: 3, state: 2 });

    expect(await answerOf(await post(third.fail, busy))).toEqual(applied);
    expect(await failureOf(handle)).toMatchObject({ type: 'Busy', message: 'busy' });
    expect(partner.received).toHaveLength(3);
    // Nothing is left to be failed, whichever link it comes by.
    for (const old of [first, second, third]) expect(await answerOf(await post(old.fail, busy))).toEqual(duplicate);
  });

  it('in the back-off is a repeat through old links; through new ones it waits for the attempt that it is for', async () => {
    const retry = { maximumAttempts: 2, initialInterval: '3s' };
    const { handle, links } = await waiting({ options: { retry } });
    const busy = { message: 'busy', retryable: true };
    expect((await post(links.fail, busy)).status).toBe(200);
    await eventually('the back-off', async () => (await pendingOf(handle))?.state === 1 || undefined);
    expect(await answerOf(await post(links.fail, busy))).toEqual({ status: 200, body: { duplicate: true } });
    const fresh = await issued(handle);
    const early = await post(fresh.fail, busy);
    expect(early.status).toBe(503);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    await linksOfRequest(handle, 2);
    expect(await answerOf(await post(fresh.fail, busy))).toEqual({ status: 200, body: {} });
    expect(await failureOf(handle)).toMatchObject({ message: 'busy' });
  });

  it('through links of an operator counts for the attempt that they were made in', async () => {
    const retry = { maximumAttempts: 3, initialInterval: '100ms' };
    const { handle, links } = await waiting({ options: { retry } });
    const old = await issued(handle);
    const busy = { message: 'busy', retryable: true };
    expect((await post(links.fail, busy)).status).toBe(200);
    await linksOfRequest(handle, 2);
    expect(await answerOf(await post(old.fail, busy))).toEqual({ status: 200, body: { duplicate: true } });
    const fresh = await issued(handle);
    expect(await answerOf(await post(fresh.fail, busy))).toEqual({ status: 200, body: {} });
    await linksOfRequest(handle, 3);
    // The same call again: a partner that got no answer does not know that it was taken.
    expect(await answerOf(await post(fresh.fail, busy))).toEqual({ status: 200, body: { duplicate: true } });
    expect(await pendingOf(handle)).toMatchObject({ attempt: 3, state: 2 });
    expect((await post(links.complete, {})).status).toBe(200);
    await handle.result();
  });

  it('through the links of a cancel notice ends the step, also with the words of an attempt before', async () => {
    const { handle, links, token } = await waiting({ options: { retry: { initialInterval: '100ms' } } });
    const busy = { message: 'busy', retryable: true };
    expect((await post(links.fail, busy)).status).toBe(200);
    await linksOfRequest(handle, 2);
    await handle.cancel();
    await eventually('the cancel request', async () => (await pendingOf(handle))?.state === 3 || undefined);
    const notice = await seal({ ...(await claimsOf(token)), attempt: afterAllAttempts });
    expect(await answerOf(await post(operationUrl(notice, 'fail'), busy))).toEqual({ status: 200, body: {} });
    await expect(handle.result()).rejects.toThrow();
  });
});

describe('heartbeat and cancel', () => {
  it('shows progress, keeps it over empty beats, and learns of a cancellation', async () => {
    const { handle, links, token } = await waiting();
    const beat = await answerOf(await post(links.heartbeat, { done: 10, total: 40, unit: 'rows', message: 'loading' }));
    expect(beat).toEqual({ status: 200, body: { cancelRequested: false, expiresAt: links.expiresAt } });
    expect((await post(links.heartbeat, {})).status).toBe(200);
    const progress = { done: 10, total: 40, unit: 'rows', message: 'loading' };
    expect(await answerOf(await fetch(`${harness.url}/v1/callbacks/${token}`))).toMatchObject({
      status: 200,
      body: { state: 'waiting', step: 'load', attempt: 1, progress, cancelRequested: false },
    });
    const listed = await eventually('the visibility store', async () => {
      const { items } = await harness.service.pending({ pageSize: 200 });
      return items.find((item) => item.workflowId === handle.workflowId);
    });
    expect(listed).toMatchObject({
      scheduleId: 'one-step',
      step: 'load',
      uses: 'http.callback',
      attempt: 1,
      expiresAt: links.expiresAt,
      progress,
    });

    expect((await post(links.cancel, {})).status).toBe(409);
    await handle.cancel();
    await eventually('the cancel request', async () => {
      const { body } = await answerOf(await post(links.heartbeat, {}));
      return body.cancelRequested === true || undefined;
    });
    expect((await post(links.cancel, { details: 'stopped' })).status).toBe(200);
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await answerOf(await post(links.cancel, { details: 'stopped' }))).toMatchObject({
      body: { duplicate: true },
    });
    expect((await post(links.complete, {})).status).toBe(409);
  });
});

describe('the list of what is pending', () => {
  it('leaves out the steps of a terminated run that the visibility store still takes for a running one', async () => {
    const { handle } = await waiting();
    const execution = { workflowId: handle.workflowId, runId: (await handle.describe()).runId };
    const listing = { executions: [{ execution }], nextPageToken: new Uint8Array() };
    const real = harness.client.workflowService;
    const lagging: typeof real = Object.create(real, {
      listWorkflowExecutions: { value: async () => listing },
    });
    const client: typeof harness.client = Object.create(harness.client, { workflowService: { value: lagging } });
    expect((await listPending(client, { pageSize: 10 })).items).toMatchObject([{ workflowId: handle.workflowId }]);
    await handle.terminate('out of the way');
    // The server keeps the activity with the run that it belonged to.
    expect((await handle.describe()).raw.pendingActivities).toHaveLength(1);
    expect((await listPending(client, { pageSize: 10 })).items).toEqual([]);
  });
});

describe('a step with a heartbeat timeout', () => {
  it('goes on as long as its partner beats, and is over soon after it stopped', async () => {
    const options = { heartbeatTimeout: '2s', retry: { maximumAttempts: 1 } };
    const { handle, links } = await waiting({ options });
    for (let beat = 1; beat <= 6; beat += 1) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect((await post(links.heartbeat, { done: beat })).status).toBe(200);
    }
    const silent = Date.now();
    const failed = (await handle.result().catch((error: unknown) => error)) as WorkflowFailedError;
    expect((failed.cause as ActivityFailure).cause).toMatchObject({ timeoutType: 'HEARTBEAT' });
    expect(Date.now() - silent).toBeLessThan(10_000);
    expect((await post(links.complete, {})).status).toBe(410);
  });
});

describe('tokens', () => {
  it('answers every token that does not open with one and the same 404', async () => {
    const { handle, token, links } = await waiting();
    const bodies = new Set<string>();
    const other = await seal(await claimsOf(token), newKeyring('k1'));
    const foreign = await seal({ ...(await claimsOf(token)), namespace: 'elsewhere' });
    const forged = [other, foreign, `${token}=`, 'x', 'a.b.c.d.e', `${token.slice(0, -1)}`, token.toLowerCase()];
    for (let at = 0; at < token.length; at += 1) {
      const flipped = token[at] === 'A' ? 'B' : 'A';
      forged.push(token.slice(0, at) + flipped + token.slice(at + 1));
    }
    for (const text of forged) {
      const response = await post(operationUrl(text, 'complete'), { output: 'forged' });
      expect(response.status).toBe(404);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      bodies.add(await response.text());
    }
    expect(bodies.size).toBe(1);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect((await post(links.complete, {})).status).toBe(200);
  });

  it('says 410 for an expired token and 403 for an operation that it does not allow', async () => {
    const { handle, token, links } = await waiting();
    const claims = await claimsOf(token);
    const expired = await seal({ ...claims, expiresAt: Date.now() - 1000 });
    expect((await post(operationUrl(expired, 'complete'), {})).status).toBe(410);
    expect((await fetch(`${harness.url}/v1/callbacks/${expired}`)).status).toBe(410);
    const beatsOnly = await seal({ ...claims, operations: ['heartbeat'] });
    expect((await post(operationUrl(beatsOnly, 'complete'), {})).status).toBe(403);
    expect((await post(operationUrl(beatsOnly, 'heartbeat'), {})).status).toBe(200);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect((await post(links.complete, {})).status).toBe(200);
  });

  it('opens what was sealed before a rotation, until its key is dropped, without a restart', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-keys-'));
    const file = path.join(folder, 'callback-keys.json');
    const write = (ring: KeyringFile) => writeFileSync(file, JSON.stringify(ring));
    const rotate = (ring: KeyringFile, kid: string, now: string) =>
      rotateKeyring(ring, { fresh: newKeyring(kid).keys[0] as KeyringFile['keys'][number], now: new Date(now) })
        .keyring;
    write(harness.keyring);
    const reports: unknown[] = [];
    const keys = fileKeyring(file, (error) => reports.push(error));
    const app = callbackRoutes(createCallbackService({ client: harness.client, keys }));
    const call = (token: string, operation: string) =>
      Promise.resolve(app.request(`/v1/callbacks/${token}/${operation}`, { method: 'POST' })).then((it) => it.status);
    const { handle, token } = await waiting();
    expect(await call(token, 'heartbeat')).toBe(200);

    const rotated = rotate(harness.keyring, 'k2', '2026-06-01T00:00:00Z');
    write(rotated);
    expect(await call(token, 'heartbeat')).toBe(200);
    const fresh = await sealToken(await keys(), { ...(await claimsOf(token)), jti: newJti() });
    expect(keyIdOf(fresh)).toBe('k2');
    expect(await call(fresh, 'heartbeat')).toBe(200);

    // A ring that is being edited by hand does not take the links down.
    writeFileSync(file, '{ "current": ');
    expect(await call(token, 'heartbeat')).toBe(200);
    expect(String(reports[0])).toContain('not JSON');

    write(rotate(rotated, 'k3', '2027-06-03T00:00:00Z'));
    expect(await call(token, 'complete')).toBe(404);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(await call(fresh, 'complete')).toBe(200);
    await handle.result();
    rmSync(folder, { recursive: true });
  });

  it('answers 410 for a step that timed out', async () => {
    const { handle, links } = await waiting({ options: { scheduleToCloseTimeout: '2s' } });
    await expect(handle.result()).rejects.toThrow();
    expect((await post(links.complete, {})).status).toBe(410);
  });
});

describe('bodies', () => {
  it('are refused before Temporal hears of them', async () => {
    const { handle, links } = await waiting();
    const before = await historyLength(handle);
    const kib = 1024;
    const deep = (levels: number) => `${'{"output":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
    const nested = (levels: number) => `{"output":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    const refused: [number, string, string | object, Record<string, string>?][] = [
      [413, links.complete, `{"output":"${'x'.repeat(256 * kib)}"}`],
      [413, links.complete, `{"output":"${'x'.repeat(256 * kib - 12)}"}`],
      [413, links.complete, `{"output":"${'x'.repeat(2.2 * kib * kib)}"}`],
      [413, links.complete, `{"output":"${'x'.repeat(4.5 * kib * kib)}"}`],
      [413, links.fail, `{"message":"${'x'.repeat(16 * kib)}"}`],
      [413, links.heartbeat, `{"message":"${'x'.repeat(16 * kib)}"}`],
      [415, links.complete, 'output=1', { 'content-type': 'application/x-www-form-urlencoded' }],
      [415, links.complete, '{}', { 'content-type': 'text/plain' }],
      [400, links.complete, '{"output":'],
      [400, links.complete, nested(33)],
      [400, links.complete, deep(33)],
      [400, links.complete, { result: 1 }],
      [400, links.complete, '[]'],
      [400, links.fail, {}],
      // Text that was cut in the middle of a character: Temporal's own encoding has no way to say it.
      [400, links.fail, '{"message":"cut here \\ud83d"}'],
      [400, links.fail, '{"message":"no","code":"Cut\\ude00"}'],
      [400, links.complete, '{"output":{"rows":["whole","\\ud83d"]}}'],
      [400, links.cancel, '{"details":"\\ud83d"}'],
      [400, links.heartbeat, '{"message":"\\ud83d"}'],
      [400, links.heartbeat, { done: -1 }],
      [400, links.heartbeat, { done: 'all' }],
    ];
    for (const [status, url, body, headers] of refused) {
      const begin = performance.now();
      const response = await post(url, body, headers);
      expect(response.status, String(JSON.stringify(body).slice(0, 60))).toBe(status);
      // At once: Temporal is not asked, and the SDK has nothing to repeat.
      expect(performance.now() - begin).toBeLessThan(2_000);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    expect(await historyLength(handle)).toBe(before);
    const largest = `{"output":"${'x'.repeat(256 * kib - 13)}"}`;
    expect(largest).toHaveLength(256 * kib);
    expect((await post(links.complete, largest)).status).toBe(200);
    expect(await handle.result()).toHaveLength(256 * kib - 13);
  });

  it('that come in chunks, with no length, are cut off at the limit', async () => {
    const { handle, links } = await waiting();
    const kib = 1024;
    /** Its chunks, until the other side has had enough; as many as there were. */
    const streamed = async (url: string, bytes: number) => {
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent >= bytes) return controller.close();
          controller.enqueue(new Uint8Array(kib).fill(0x20));
          sent += kib;
        },
      });
      const headers = { 'content-type': 'application/json' };
      const request = new Request(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
      const response = await callbackRoutes(harness.service).request(request);
      return { status: response.status, sent };
    };
    const limits = { complete: 256, fail: 16, heartbeat: 16, cancel: 16 } as const;
    for (const [operation, limit] of Object.entries(limits)) {
      const { status, sent } = await streamed(links[operation as keyof typeof limits], 1024 * kib);
      expect(status, operation).toBe(413);
      // One chunk over the limit, and the one that the stream has ready.
      expect(sent, operation).toBeLessThanOrEqual((limit + 2) * kib);
      // At the limit it is read whole, and then is no JSON.
      const whole = await streamed(links[operation as keyof typeof limits], limit * kib);
      expect(whole, operation).toEqual({ status: 400, sent: limit * kib });
    }
    // The same over a real connection, which Node sends in chunks since it knows no length.
    expect(await chunked(links.fail, `{"message":"${'x'.repeat(17 * kib)}"}`)).toBe(413);
    expect(await chunked(links.complete, `{"output":"${'x'.repeat(257 * kib)}"}`)).toBe(413);
    expect((await pendingOf(handle))?.state).toBe(2);
    expect(await chunked(links.complete, '{"output":"in chunks"}')).toBe(200);
    expect(await handle.result()).toBe('in chunks');
  });

  it('may be 32 levels deep, or missing', async () => {
    const deep = await waiting();
    const body = `{"output":${'['.repeat(31)}${']'.repeat(31)}}`;
    expect((await post(deep.links.complete, body)).status).toBe(200);
    const silent = await waiting();
    expect((await fetch(silent.links.complete, { method: 'POST' })).status).toBe(200);
    expect(await silent.handle.result()).toBeNull();
  });
});

describe('reading', () => {
  it('shows a page to people and JSON to programs, and never changes anything', async () => {
    const { handle, token, links } = await waiting();
    const url = `${harness.url}/v1/callbacks/${token}`;
    const before = await historyLength(handle);
    const beatsBefore = (await pendingOf(handle))?.lastHeartbeatTime;
    const statuses = new Map<string, Set<number>>();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const path of ['', '/complete', '/fail', '/heartbeat', '/cancel']) {
        const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(url + path, { method })));
        statuses.set(`${method} ${path}`, new Set(answers.map(({ status }) => status)));
      }
    }
    for (const [request, seen] of statuses) {
      // The operations are for POST alone: what a scanner of links sends meets nothing that could act.
      const expected = /^(GET|HEAD) $/.test(request) ? 200 : 404;
      expect([...seen], request).toEqual([expected]);
    }
    expect(await historyLength(handle)).toBe(before);
    // A heartbeat leaves no event: its time would tell.
    expect((await pendingOf(handle))?.lastHeartbeatTime).toEqual(beatsBefore);
    expect(await pendingOf(handle)).toMatchObject({ attempt: 1, state: 2 });

    const page = await fetch(url, { headers: { accept: 'text/html,*/*' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain('This step waits for an answer');
    expect(text).toContain('<button');
    expect(text).not.toContain(token);

    await post(links.complete, {});
    await handle.result();
    expect(await answerOf(await fetch(url))).toMatchObject({ status: 200, body: { state: 'completed' } });
    expect(await (await fetch(url, { headers: { accept: 'text/html' } })).text()).not.toContain('<button');
  });
});

it('answers 503 in time while Temporal is down', async () => {
  const { createTemporalClient } = await import('../../../src/clients/temporal.js');
  const { freePort } = await import('../../../scripts/setup/free-port.mjs');
  const down = createTemporalClient({
    connection: { address: `127.0.0.1:${await freePort()}` },
    namespace: 'default',
  });
  const service = createCallbackService({ client: down, keys: fixedKeyring(JSON.stringify(harness.keyring)) });
  const claims = {
    namespace: 'default',
    workflowId: 'w',
    runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
    activityId: 'a',
    attempt: 1,
    operations: ['complete' as const],
    expiresAt: Date.now() + 60_000,
    jti: newJti(),
  };
  const started = Date.now();
  const response = await callbackRoutes(service).request(`/v1/callbacks/${await seal(claims)}/complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(Date.now() - started).toBeLessThan(8_000);
  await down.connection.close();
});
