import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCallbackActivities } from '../../../src/activities/callback/index.js';
import { createHttpActivities } from '../../../src/activities/http/index.js';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { createSesClient } from '../../../src/clients/ses.js';
import { noticeActivity } from '../../../src/domain/callback/notice.js';
import { newKeyring, testWebhookSecret } from '../../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';

const deps = {
  ses: createSesClient({ region: 'us-east-1', sesEndpoint: 'http://127.0.0.1:1' }),
  mailFrom: 'almanac@example.com',
  publicUrl: 'http://127.0.0.1:1',
  callbackKeys: fixedKeyring(JSON.stringify(newKeyring('k1'))),
  webhookSecret: testWebhookSecret,
  // As it is without ALMANAC_HTTP_ALLOW.
  httpAllow: [],
};
const http = createHttpActivities(deps);
const callback = createCallbackActivities(deps);
let canary: HttpPartner;

beforeAll(async () => {
  canary = await startPartner();
});
afterAll(() => canary.close());

const call = { scheduleId: 's', stepId: 'load', scheduledTime: '2026-01-01T00:00:00.000Z' };
const notice = { ...call, reason: 'cancelled' as const, expiresAt: Date.now() + 60_000 };

it.each([
  ['http.request', (url: string) => http['http.request']({ ...call, with: { url } })],
  ['http.callback', (url: string) => callback['http.callback']({ ...call, with: { url } })],
  [noticeActivity, (url: string) => callback[noticeActivity]({ ...notice, with: { url } })],
])('%s reaches nothing of this machine or its network', async (_name, send) => {
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now(), scheduleToCloseTimeoutMs: 10_000, startToCloseTimeoutMs: 10_000 },
    { logger: new DefaultLogger('ERROR') },
  );
  for (const host of [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0177.1',
    '[::ffff:7f00:1]',
    '169.254.170.2',
    '10.0.0.1',
  ]) {
    await expect(environment.run(send, `http://${host}:${canary.port}/`), host).rejects.toMatchObject({
      type: 'ForbiddenAddress',
      nonRetryable: true,
    });
  }
  expect(canary.received).toEqual([]);
});
