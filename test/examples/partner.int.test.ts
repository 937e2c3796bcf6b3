import { type ChildProcess, spawn } from 'node:child_process';
import type { WorkflowHandle } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type CallbackHarness,
  eventually,
  startCallbackHarness,
  testWebhookSecret,
} from '../support/callback-harness.js';

let harness: CallbackHarness;
let partner: { url: string; stop(): Promise<void> } | undefined;

beforeAll(async () => {
  harness = await startCallbackHarness();
});
afterEach(async () => {
  await partner?.stop();
  partner = undefined;
});
afterAll(() => harness?.stop());

/** The partner as a user starts it: a process of its own. */
async function startExample(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['examples/partner/server.mjs'], {
    env: {
      PATH: process.env.PATH,
      PARTNER_PORT: '0',
      PARTNER_BATCH_MS: '30',
      PARTNER_WEBHOOK_SECRET: testWebhookSecret,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const url = await eventually('the partner to listen', () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]);
  return { url, stop: () => end(child) };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

const load = (url: string, more: object = {}) =>
  harness.start('http.callback', { url: `${url}/loads`, body: { table: 'flights', rows: 120, ...more } });

async function seenProgress(handle: WorkflowHandle): Promise<unknown> {
  return eventually('progress', async () => {
    const { items } = await harness.service.pending({ pageSize: 200 });
    return items.find((item) => item.workflowId === handle.workflowId)?.progress;
  });
}

describe('the example partner', () => {
  it('takes a signed request, heartbeats and completes', async () => {
    partner = await startExample({ PARTNER_BATCH_MS: '150' });
    const handle = await load(partner.url);
    expect(await seenProgress(handle)).toMatchObject({ total: 120, unit: 'rows', message: 'loading flights' });
    expect(await handle.result()).toEqual({ table: 'flights', rows: 120 });
  });

  it('fails the step when told to', async () => {
    partner = await startExample();
    const error = await (await load(partner.url, { fail: true })).result().catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      cause: { cause: { type: 'LoadFailed', message: 'flights rejected row 72', nonRetryable: true } },
    });
  });

  it('stops when the run is cancelled', async () => {
    partner = await startExample({ PARTNER_BATCH_MS: '150' });
    const handle = await load(partner.url);
    await seenProgress(handle);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  it('stops at once when it gets a cancel notice', async () => {
    partner = await startExample({ PARTNER_BATCH_MS: '60000' });
    const key = 'w/r/load';
    const send = async (body: object) => {
      const text = JSON.stringify(body);
      const at = new Date();
      const id = 'msg_1';
      const response = await fetch(`${partner?.url}/loads`, {
        method: 'POST',
        headers: {
          'idempotency-key': key,
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Webhook(testWebhookSecret).sign(id, at, text),
        },
        body: text,
      });
      return (await response.json()) as { repeated?: boolean };
    };
    const job = { callback: { complete: 'http://127.0.0.1:1/complete' } };
    expect(await send(job)).toEqual({ accepted: true });
    const notice = { type: 'callback.cancelled', data: { idempotencyKey: key, step: 'load', reason: 'timeout' } };
    expect(await send(notice)).toEqual({ stopped: true });
    await eventually('the job to stop', async () => ((await send(job)).repeated === true ? undefined : true));
  });

  it('signs its answers for a step that asks for it', async () => {
    partner = await startExample();
    const handle = await harness.start('http.callback', {
      url: `${partner.url}/loads`,
      body: { table: 'signed', rows: 10 },
      signed: true,
    });
    expect(await handle.result()).toEqual({ table: 'signed', rows: 10 });
  });

  it('refuses a request that is not signed with its secret', async () => {
    partner = await startExample({
      PARTNER_WEBHOOK_SECRET: `whsec_${Buffer.from('another secret').toString('base64')}`,
    });
    const error = await (await load(partner.url)).result().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ cause: { cause: { type: 'HttpError', details: [{ status: 401 }] } } });
  });

  it('does a job once per idempotency key', async () => {
    partner = await startExample({ PARTNER_WEBHOOK_SECRET: '', PARTNER_BATCH_MS: '1000' });
    const request = {
      method: 'POST',
      headers: { 'idempotency-key': 'w/r/load' },
      body: JSON.stringify({
        callback: { complete: 'http://127.0.0.1:1/complete', heartbeat: 'http://127.0.0.1:1/h' },
      }),
    };
    const answers = [await fetch(`${partner.url}/loads`, request), await fetch(`${partner.url}/loads`, request)];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { accepted: true },
      { accepted: true, repeated: true, state: 'running' },
    ]);
  });
});
