import { ScheduleOverlapPolicy, type WorkflowHandle } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { afterAllAttempts } from '../../src/domain/callback/token.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import type { StepsAction } from '../../src/domain/definition/schedule-definition.js';
import type { PipelineInput } from '../../src/domain/pipeline.js';
import { pipelineWorkflow } from '../../src/domain/temporal-names.js';
import { createCallbackService } from '../../src/services/callbacks/service.js';
import { createRunService } from '../../src/services/runs/run-service.js';
import { eventually, testWebhookSecret } from '../support/callback-harness.js';
import { recordHistory } from '../support/histories.js';
import type { ReceivedRequest } from '../support/http-partner.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await platform.stop();
});
beforeEach(() => {
  platform.partner.received.length = 0;
  platform.partner.answer = (_request, response) => response.writeHead(202).end();
});

interface Notice {
  type: string;
  data: { workflowId: string; runId: string; step: string; reason: string; idempotencyKey: string; callback: string };
}

const notices = (): ReceivedRequest[] =>
  platform.partner.received.filter(({ headers }) => headers['almanac-event'] !== undefined);
const parse = (request: ReceivedRequest | undefined): Notice => JSON.parse(request?.body ?? '{}') as Notice;

async function start(more: object = {}, options: object = {}): Promise<WorkflowHandle> {
  const step = {
    id: 'load',
    uses: 'http.callback',
    with: {
      url: `${platform.partner.url}/loads?key=1`,
      headers: { authorization: 'Bearer partner' },
      body: { rows: 3 },
    },
    timeout: '1h',
    ...more,
  };
  const handle = await platform.run([step], options);
  await eventually('the request', () => platform.partner.received[0]);
  await eventually('the step to wait', async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some((activity) => activity.state === 2) || undefined;
  });
  return handle;
}

function serviceOf() {
  return createCallbackService({ client: platform.client, keys: fixedKeyring(JSON.stringify(platform.keyring)) });
}

async function noticeOnRun(handle: WorkflowHandle) {
  const run = await createRunService({ client: platform.client }).get(handle.workflowId);
  expect(run.steps.map(({ id }) => id)).toEqual(['load']);
  return { status: run.status, ...run.steps[0] };
}

describe('a cancelled run', () => {
  test('tells the partner, signed and again after a 503, and ends when the partner acknowledges', async () => {
    const handle = await start();
    let refused = 0;
    platform.partner.answer = (_request, response) => {
      refused += 1;
      response.writeHead(refused === 1 ? 503 : 204).end();
    };
    const begin = Date.now();
    await handle.cancel();
    const second = await eventually('the second delivery', () => notices()[1]);
    const [request, first] = [platform.partner.received[0], notices()[0]];
    expect(second).toMatchObject({ method: 'POST', path: '/loads?key=1' });
    expect(second.headers).toMatchObject({ authorization: 'Bearer partner', 'content-type': 'application/json' });
    expect(second.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second.headers['webhook-id']).not.toBe(request?.headers['webhook-id']);
    new Webhook(testWebhookSecret).verify(second.body, second.headers as Record<string, string>);
    const { type, data } = parse(second);
    expect(type).toBe('callback.cancelled');
    expect(data).toMatchObject({ workflowId: handle.workflowId, step: 'load', reason: 'cancelled' });
    expect(data.idempotencyKey).toBe(request?.headers['idempotency-key']);
    expect(data.callback).toBe(second.headers['almanac-callback-url']);

    // The callback in the notice is the step's own, and younger than each of its attempts.
    const service = serviceOf();
    const claims = await service.open(data.callback.split('/').at(-1) as string);
    expect(claims).toMatchObject({ activityId: 'load', attempt: afterAllAttempts });
    expect(await service.apply(claims, 'cancel', Buffer.from('{}'))).toEqual({});
    await expect(handle.result()).rejects.toThrow();
    expect(Date.now() - begin).toBeLessThan(9_000);
    expect(await noticeOnRun(handle)).toMatchObject({
      status: 'cancelled',
      cancelNotice: { status: 'delivered', attempts: 2, closeTime: expect.any(String) },
    });
    await recordHistory('cancel-notice', handle);
  });

  test('does not wait long for a partner that is down, and says that it was not told', async () => {
    const handle = await start();
    platform.partner.answer = (_request, response) => response.writeHead(500).end();
    const begin = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(Date.now() - begin).toBeLessThan(14_000);
    expect(notices().length).toBeGreaterThanOrEqual(3);
    const { cancelNotice, status } = await noticeOnRun(handle);
    expect(status).toBe('cancelled');
    expect(cancelNotice).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('500') } });
  });
});

describe('a run that a newer one takes the place of', () => {
  test('tells the partner of the old one, and the new one waits for its own answer', async () => {
    const { client, taskQueue, partner } = platform;
    const scheduleId = `superseding-${Date.now().toString(36)}`;
    const request = { url: `${partner.url}/loads`, body: { rows: 3 } };
    const { action } = parseDefinition({
      id: scheduleId,
      spec: { intervals: [{ every: '1d' }] },
      action: { steps: [{ id: 'load', uses: 'http.callback', with: request, timeout: '1h' }] },
    });
    const { steps } = action as StepsAction;
    const input: PipelineInput = { scheduleId, timezone: 'UTC', steps, input: {} };
    const schedule = await client.schedule.create({
      scheduleId,
      spec: {},
      policies: { overlap: ScheduleOverlapPolicy.CANCEL_OTHER },
      action: { type: 'startWorkflow', workflowType: pipelineWorkflow, taskQueue, args: [input] },
    });
    try {
      await schedule.trigger(ScheduleOverlapPolicy.CANCEL_OTHER);
      const old = await eventually('the first request', () => partner.received[0]);
      await schedule.trigger(ScheduleOverlapPolicy.CANCEL_OTHER);
      const notice = await eventually('the notice', () => notices()[0]);
      const { data } = parse(notice);
      expect(data).toMatchObject({ step: 'load', reason: 'cancelled' });
      expect(data.idempotencyKey).toBe(old.headers['idempotency-key']);
      // The old run ends when its partner says that it stopped; the new one starts after it.
      const service = createCallbackService({ client, keys: fixedKeyring(JSON.stringify(platform.keyring)) });
      const claims = await service.open(data.callback.split('/').at(-1) as string);
      expect(await service.apply(claims, 'cancel', Buffer.from('{}'))).toEqual({});
      const fresh = await eventually('the request of the new run', () =>
        partner.received.find(
          ({ headers }) => headers['almanac-event'] === undefined && headers['idempotency-key'] !== data.idempotencyKey,
        ),
      );
      expect(notices()).toHaveLength(1);
      const { callback } = JSON.parse(fresh.body) as { callback: { complete: string } };
      const freshClaims = await service.open(callback.complete.split('/').at(-2) as string);
      expect(freshClaims.runId).not.toBe(claims.runId);
      await eventually('the new run to be completed', async () => {
        const answer = await service.apply(freshClaims, 'complete', Buffer.from('{}')).catch(() => undefined);
        return answer;
      });
      // What the old run's partner sends now is too late, and touches nothing.
      await expect(service.apply(claims, 'complete', Buffer.from('{}'))).rejects.toMatchObject({ code: 'conflict' });
    } finally {
      await schedule.delete();
    }
  });
});

describe('a step that times out', () => {
  test('tells the partner while the run goes on', async () => {
    const handle = await start({ timeout: '2s' });
    const error = await handle.result().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ cause: { type: 'Timeout' } });
    expect(parse(notices()[0]).data).toMatchObject({ step: 'load', reason: 'timeout' });
    expect(await noticeOnRun(handle)).toMatchObject({
      status: 'failed',
      error: { kind: 'Timeout' },
      cancelNotice: { status: 'delivered', attempts: 1 },
    });
    await recordHistory('timeout-notice', handle);
  });
});

describe('a step with a heartbeat', () => {
  test('is asked for again when its partner falls silent, then fails, and the partner is told', async () => {
    const { partner } = platform;
    const begin = Date.now();
    const handle = await start({ heartbeat: '2s', retry: { maximumAttempts: 2, initialInterval: '200ms' } });
    const service = serviceOf();
    const claimsOf = (request: ReceivedRequest | undefined) => {
      const { callback } = JSON.parse(request?.body ?? '') as { callback: { complete: string } };
      return service.open(callback.complete.split('/').at(-2) as string);
    };
    const claims = await claimsOf(partner.received[0]);
    // As long as it beats, the heartbeat does not end it: 4 s is twice as long.
    for (let beat = 1; beat <= 8; beat += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const answer = await service.apply(claims, 'heartbeat', Buffer.from(JSON.stringify({ done: beat })));
      expect(answer).toMatchObject({ cancelRequested: false });
    }
    expect(partner.received).toHaveLength(1);
    const silentSince = Date.now();
    const again = await eventually('the second request', () => partner.received[1]);
    expect(Date.now() - silentSince).toBeGreaterThan(1_500);
    expect(again.headers['almanac-attempt']).toBe('2');
    expect(again.headers['idempotency-key']).toBe(partner.received[0]?.headers['idempotency-key']);
    // It is not told while the step goes on.
    expect(notices()).toEqual([]);

    const error = await handle.result().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      cause: { type: 'Timeout', message: expect.stringContaining('no sign of life within its heartbeat') },
    });
    // Long before the hour that the step has.
    expect(Date.now() - begin).toBeLessThan(30_000);
    expect(notices()).toHaveLength(1);
    const { data } = parse(notices()[0]);
    expect(data).toMatchObject({ step: 'load', reason: 'timeout' });
    expect(data.idempotencyKey).toBe(again.headers['idempotency-key']);
    expect(await noticeOnRun(handle)).toMatchObject({
      status: 'failed',
      attempts: 2,
      error: { kind: 'Timeout' },
      cancelNotice: { status: 'delivered', attempts: 1 },
    });
    for (const late of [claims, await claimsOf(again)]) {
      await expect(service.apply(late, 'complete', Buffer.from('{}'))).rejects.toMatchObject({ code: 'gone' });
    }
  });
});

describe('no notice', () => {
  test('when the partner answered', async () => {
    const handle = await start();
    const { callback } = JSON.parse(platform.partner.received[0]?.body ?? '') as { callback: { complete: string } };
    const service = serviceOf();
    const claims = await service.open(callback.complete.split('/').at(-2) as string);
    await service.apply(claims, 'complete', Buffer.from('{}'));
    await handle.result();
    expect(notices()).toEqual([]);
    expect(await noticeOnRun(handle)).not.toHaveProperty('cancelNotice');
  });
});

test('a run that is about to time out tells the partner before', async () => {
  const handle = await start({}, { runTimeout: '6s' });
  await expect(handle.result()).rejects.toThrow(/timed out/i);
  expect(parse(notices()[0]).data).toMatchObject({ reason: 'timeout' });
  expect(await noticeOnRun(handle)).toMatchObject({ cancelNotice: { status: 'delivered' } });
});
