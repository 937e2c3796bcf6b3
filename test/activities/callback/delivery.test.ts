import { CompleteAsyncError } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCallbackActivities } from '../../../src/activities/callback/index.js';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { createSesClient } from '../../../src/clients/ses.js';
import { noticeActivity } from '../../../src/domain/callback/notice.js';
import { newKeyring, testWebhookSecret } from '../../support/callback-harness.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';

const activities = createCallbackActivities({
  ses: createSesClient({ region: 'us-east-1', sesEndpoint: 'http://127.0.0.1:1' }),
  mailFrom: 'almanac@example.com',
  publicUrl: 'http://127.0.0.1:1',
  callbackKeys: fixedKeyring(JSON.stringify(newKeyring('k1'))),
  webhookSecret: testWebhookSecret,
  httpAllow: ['127.0.0.1'],
});
let partner: HttpPartner;
let other: HttpPartner;

beforeAll(async () => {
  partner = await startPartner();
  other = await startPartner();
});
beforeEach(() => {
  partner.received.length = 0;
});
afterAll(async () => {
  await partner.close();
  await other.close();
});

const call = { scheduleId: 's', stepId: 'load', scheduledTime: '2026-01-01T00:00:00.000Z' };
const notice = { ...call, reason: 'cancelled' as const, expiresAt: Date.now() + 60_000 };

/** How an attempt ends: "taken" when the partner has the request. */
type Send = () => Promise<string>;

const environment = () =>
  new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now(), scheduleToCloseTimeoutMs: 10_000, startToCloseTimeoutMs: 10_000 },
    { logger: new DefaultLogger('ERROR') },
  );
const sends: [string, Send][] = [
  [
    'http.callback',
    async () => {
      const step = { ...call, with: { url: `${partner.url}/loads` } };
      const ended = environment().run(activities['http.callback'], step);
      return (ended as Promise<never>).catch((error: unknown) => {
        if (error instanceof CompleteAsyncError) return 'taken';
        throw error;
      });
    },
  ],
  [
    noticeActivity,
    async () => {
      const step = { ...notice, with: { url: `${partner.url}/loads` } };
      await environment().run(activities[noticeActivity], step);
      return 'taken';
    },
  ],
];

describe.each(sends)('%s', (_name, send) => {
  it.each([301, 302, 303])('is not taken where %i makes a GET of it', async (status) => {
    partner.answer = ({ method }, response) =>
      response.writeHead(method === 'POST' ? status : 200, { location: '/loads/' }).end();
    await expect(send()).rejects.toMatchObject({
      type: 'HttpError',
      nonRetryable: true,
      message: expect.stringContaining('would turn POST into a GET'),
    });
    expect(partner.received.map(({ method }) => method)).toEqual(['POST']);
  });

  it('does not take its links to another origin', async () => {
    partner.answer = (_request, response) => response.writeHead(308, { location: `${other.url}/loads` }).end();
    await expect(send()).rejects.toMatchObject({ type: 'HttpError', nonRetryable: true });
    expect(other.received).toEqual([]);
  });

  it('is repeated whole by 307 at the same origin', async () => {
    partner.answer = ({ path }, response) =>
      response.writeHead(path === '/loads' ? 307 : 202, { location: '/loads/' }).end();
    expect(await send()).toBe('taken');
    const [first, second] = partner.received;
    expect(second).toMatchObject({ method: 'POST', path: '/loads/', body: first?.body });
    expect(first?.body).toContain('/v1/callbacks/');
  });

  it('is taken by 202, whatever the body', async () => {
    partner.answer = (_request, response) => response.writeHead(202).end('x'.repeat(70_000));
    expect(await send()).toBe('taken');
  });

  it('may be sent again after a 503 with a long page', async () => {
    partner.answer = (_request, response) => response.writeHead(503).end('x'.repeat(70_000));
    await expect(send()).rejects.toMatchObject({ type: 'HttpError', nonRetryable: false });
  });
});
