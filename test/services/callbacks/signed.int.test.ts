import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { createLinkIssuer } from '../../../src/services/callbacks/issue-links.js';
import { ReplayGuard } from '../../../src/services/callbacks/replay-guard.js';
import {
  type CallbackHarness,
  startCallbackHarness,
  startWaitingCall,
  testWebhookSecret,
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

const waiting = () => startWaitingCall(harness, partner, { url: partner.url, signed: true });

interface Signing {
  id?: string;
  at?: number;
  secret?: string;
}

let ids = 0;

function signed(body: string, { id = `msg_${++ids}`, at = Date.now(), secret = testWebhookSecret }: Signing = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
}

async function post(url: string, body: object, headers: Record<string, string>) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('a step that wants signed answers', () => {
  it('refuses what is not signed, forged, stale or for another body, and takes the rest', async () => {
    const { handle, links } = await waiting();
    const body = { output: { rows: 3 } };
    const text = JSON.stringify(body);
    const minute = 60_000;
    const refused: Record<string, string>[] = [
      {},
      { ...signed(text), 'webhook-id': '' },
      { ...signed(text), 'webhook-id': 'msg_other' },
      { ...signed(text), 'webhook-signature': 'v1' },
      { ...signed(text), 'webhook-signature': 'v1,' },
      { ...signed(text), 'webhook-timestamp': 'soon' },
      signed('{"output":{"rows":4}}'),
      signed(text, { at: Date.now() - 6 * minute }),
      signed(text, { at: Date.now() + 6 * minute }),
      signed(text, { secret: `whsec_${Buffer.from('another secret').toString('base64')}` }),
    ];
    for (const headers of refused) {
      expect(await post(links.complete, body, headers), JSON.stringify(headers)).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    }
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const old = signed(text, { at: Date.now() - 4 * minute });
    expect(await post(links.complete, body, old)).toEqual({ status: 200, body: {} });
    expect(await handle.result()).toEqual({ rows: 3 });
    // What a partner sends again, because it got no answer, is a duplicate; under whatever id.
    expect(await post(links.complete, body, old)).toEqual({ status: 200, body: { duplicate: true } });
    expect(await post(links.complete, body, signed(text))).toEqual({ status: 200, body: { duplicate: true } });
  });

  it('refuses a heartbeat that was recorded before, and an id that was another call', async () => {
    const { handle, links } = await waiting();
    const beat = { done: 1, total: 3 };
    const first = signed(JSON.stringify(beat));
    expect((await post(links.heartbeat, beat, first)).status).toBe(200);
    expect(await post(links.heartbeat, beat, first)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await post(links.heartbeat, beat, signed(JSON.stringify(beat)))).status).toBe(200);
    const used = signed('{}', { id: first['webhook-id'] });
    expect((await post(links.complete, {}, used)).status).toBe(409);
    expect((await post(links.complete, {}, signed('{}'))).status).toBe(200);
    await handle.result();
  });

  it('has a page without buttons, and one with buttons behind the links of an operator', async () => {
    const { handle, links } = await waiting();
    const pageOf = async (link: string) => {
      const page = await fetch(link.replace(/\/complete$/, ''), { headers: { accept: 'text/html' } });
      expect(page.status).toBe(200);
      return page.text();
    };
    const own = await pageOf(links.complete);
    expect(own).toContain('This step waits for an answer');
    expect(own).toContain('takes signed answers alone');
    expect(own).not.toMatch(/<button|<script|<form/);
    const keys = fixedKeyring(JSON.stringify(harness.keyring));
    const issuer = createLinkIssuer({ client: harness.client, keys, publicUrl: harness.url });
    const issued = await issuer.issue({ workflowId: handle.workflowId, stepId: 'load' });
    const operators = await pageOf(issued.links.complete);
    expect(operators).toContain('<button');
    expect(operators).not.toContain('takes signed answers alone');
    expect((await post(issued.links.complete, {}, {})).status).toBe(200);
    await handle.result();
    expect(await pageOf(links.complete)).not.toContain('takes signed answers alone');
  });

  it('takes a bad body for what it is once the signature is right', async () => {
    const { handle, links } = await waiting();
    const response = await fetch(links.complete, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signed('{"output":') },
      body: '{"output":',
    });
    expect(response.status).toBe(400);
    expect((await post(links.complete, {}, signed('{}'))).status).toBe(200);
    await handle.result();
  });
});

describe('the memory of signed calls', () => {
  const claims = { workflowId: 'w', runId: 'r', activityId: 'a' } as Parameters<ReplayGuard['once']>[0];
  const call = (operation: 'fail' | 'heartbeat') => ({ jti: 'j', operation, sha256: 's' });

  it('forgets what failed and what is too old to come again', async () => {
    const clock = { now: 0 };
    const guard = new ReplayGuard(() => clock.now);
    const down = () => Promise.reject(new Error('down'));
    await expect(guard.once(claims, 'id', call('heartbeat'), down)).rejects.toThrow('down');
    expect(await guard.once(claims, 'id', call('heartbeat'), async () => ({}))).toEqual({});
    await expect(guard.once(claims, 'id', call('heartbeat'), async () => ({}))).rejects.toThrow('webhook-id');
    clock.now = 10 * 60_000;
    expect(await guard.once(claims, 'id', call('heartbeat'), async () => ({}))).toEqual({});
  });

  it('applies a retryable failure once, also of two at the same moment', async () => {
    const guard = new ReplayGuard();
    let applied = 0;
    const apply = async () => {
      applied += 1;
      return {};
    };
    const both = [guard.once(claims, 'id', call('fail'), apply), guard.once(claims, 'id', call('fail'), apply)];
    expect(await Promise.all(both)).toEqual([{}, { duplicate: true }]);
    expect(applied).toBe(1);
  });
});
