import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callbackExpiry } from '../../src/domain/callback/urls.js';
import type { RunView, StepView } from '../../src/domain/views.js';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

let platform: TestPlatform;
let call: ReturnType<typeof caller>;

beforeAll(async () => {
  platform = await startPlatform();
  call = caller(testApp(platform.client, { taskQueue: platform.taskQueue }).app);
});
afterAll(() => platform.stop());

async function runOf(workflowId: string, isThere: (run: RunView) => boolean): Promise<RunView> {
  for (let attempt = 0; ; attempt += 1) {
    const { json } = await call('GET', `/v1/runs/${encodeURIComponent(workflowId)}`, { as: 'viewer' });
    if (isThere(json) || attempt === 100) return json;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ended = (run: RunView) => run.status !== 'running';
const statuses = (steps: StepView[]) => Object.fromEntries(steps.map(({ id, status }) => [id, status]));

describe('one run', () => {
  it('triggered over HTTP shows steps, outputs and skips', async () => {
    const id = newId('run');
    platform.partner.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"rows":3}');
    };
    const steps = [
      { id: 'nap', uses: 'wait', with: { duration: '100ms' } },
      { id: 'ask', uses: 'http.request', with: { url: `${platform.partner.url}/ask` } },
      { id: 'never', uses: 'wait', if: '{% $steps.ask.output.body.rows > 5 %}', with: { duration: '1h' } },
      { id: 'last', uses: 'wait', with: { duration: '10ms' } },
    ];
    const onFailure = [{ id: 'alarm', uses: 'wait', with: { duration: '1s' } }];
    await call('POST', '/v1/schedules', { body: yearly(id, { action: { steps, onFailure } }) });
    const { json } = await call('POST', `/v1/schedules/${id}/trigger`, {
      body: { scheduledTime: '2026-05-06T07:08:09Z' },
    });
    const run = await runOf(json.workflowId, ended);
    expect(run).toMatchObject({
      ...json,
      status: 'completed',
      scheduleId: id,
      scheduledTime: '2026-05-06T07:08:09.000Z',
      trigger: 'manual',
      triggeredBy: 'admin-key',
      error: null,
    });
    expect(statuses(run.steps)).toEqual({
      nap: 'succeeded',
      ask: 'succeeded',
      never: 'skipped',
      last: 'succeeded',
      alarm: 'skipped',
    });
    expect(run.steps[1]).toMatchObject({
      uses: 'http.request',
      attempts: 1,
      output: { status: 200, body: { rows: 3 } },
    });
    expect(Date.parse(run.steps[0]?.closeTime ?? '')).toBeGreaterThanOrEqual(Date.parse(run.steps[0]?.startTime ?? ''));
    const listed = await call('GET', `/v1/schedules/${id}/runs?status=completed`, { as: 'viewer' });
    expect(listed.json.items).toMatchObject([{ ...json, scheduleId: id, trigger: 'manual' }]);
    expect((await call('GET', `/v1/schedules/${id}/runs?status=failed`)).json.items).toEqual([]);
    expect((await call('GET', '/v1/runs?pageSize=200')).json.items).toContainEqual(listed.json.items[0]);
    const described = await call('GET', `/v1/schedules/${id}`);
    expect(described.json.recentRuns).toMatchObject([{ ...json, scheduledTime: '2026-05-06T07:08:09.000Z' }]);
    const exact = await call('GET', `/v1/runs/${json.workflowId}?runId=${json.runId}`);
    expect(exact.json.steps).toEqual(run.steps);
    await call('DELETE', `/v1/schedules/${id}`);
  });

  it('that failed says which step and why, and shows the onFailure steps', async () => {
    platform.partner.answer = (_request, response) => {
      response.writeHead(404).end('no');
    };
    const handle = await platform.run(
      [
        { id: 'typo', uses: 'wait', if: '{% $input.missing %}', with: { duration: '1s' }, continueOnError: true },
        { id: 'ask', uses: 'http.request', with: { url: `${platform.partner.url}/ask` } },
        { id: 'after', uses: 'wait', with: { duration: '1s' } },
      ],
      { onFailure: [{ id: 'alarm', uses: 'wait', with: { duration: '10ms' } }] },
    );
    const run = await runOf(handle.workflowId, ended);
    expect(run.status).toBe('failed');
    expect(statuses(run.steps)).toEqual({ typo: 'failed', ask: 'failed', after: 'skipped', alarm: 'succeeded' });
    // A step whose expression failed leaves no event: the run's own report has it.
    expect(run.steps[0]?.error).toMatchObject({ kind: 'ExpressionError', step: 'typo' });
    expect(run.error).toMatchObject({ step: 'ask', retryable: false });
    expect(run.error?.kind).toBe(run.steps[1]?.error?.kind);
  });

  it('that waits shows its callback; cancelling ends it, and a second time is a conflict', async () => {
    const handle = await platform.run([
      { id: 'approve', uses: 'callback.wait', with: {}, timeout: '1m' },
      { id: 'after', uses: 'wait', with: { duration: '1s' } },
    ]);
    const waiting = await runOf(handle.workflowId, (run) => run.steps[0]?.status === 'waiting');
    const [approve, after] = waiting.steps;
    expect(approve?.callback?.operations).toEqual(['complete', 'fail', 'heartbeat', 'cancel']);
    // A minute after the step's own, in whole seconds as in the token.
    const expected = callbackExpiry(Date.parse(approve?.startTime ?? '') + 60_000);
    expect(Date.parse(approve?.callback?.expiresAt ?? '')).toBe(expected);
    expect(after).toMatchObject({ status: 'pending', startTime: null });
    const path = `/v1/runs/${encodeURIComponent(handle.workflowId)}`;
    const cancelled = await call('POST', `${path}/cancel`, { as: 'operator', body: { reason: 'not today' } });
    expect(cancelled).toMatchObject({ status: 202, json: { workflowId: handle.workflowId } });
    const run = await runOf(handle.workflowId, ended);
    expect(run.status).toBe('canceled');
    expect(statuses(run.steps)).toEqual({ approve: 'cancelled', after: 'cancelled' });
    expect((await call('POST', `${path}/cancel`, { as: 'operator' })).status).toBe(409);
    expect((await call('POST', `${path}/terminate`, { as: 'operator' })).status).toBe(409);
  }, 30_000);

  it('that is terminated leaves its steps cancelled and says who did it', async () => {
    const handle = await platform.run([{ id: 'nap', uses: 'wait', with: { duration: '1h' } }]);
    await runOf(handle.workflowId, (run) => run.steps[0]?.status === 'running');
    const path = `/v1/runs/${encodeURIComponent(handle.workflowId)}`;
    const answer = await call('POST', `${path}/terminate`, { as: 'operator', body: { reason: 'stuck' } });
    expect(answer.status).toBe(200);
    const run = await runOf(handle.workflowId, ended);
    expect(run).toMatchObject({
      status: 'terminated',
      steps: [{ id: 'nap', status: 'cancelled' }],
      error: { kind: 'Terminated', message: 'Terminated by operator-key: stuck' },
    });
  });

  it('that retries shows the attempt and the last error', async () => {
    platform.partner.answer = (_request, response) => {
      response.writeHead(503).end('later');
    };
    const handle = await platform.run([
      {
        id: 'ask',
        uses: 'http.request',
        with: { url: `${platform.partner.url}/ask` },
        retry: { initialInterval: '200ms', maximumAttempts: 50 },
      },
    ]);
    const run = await runOf(handle.workflowId, ({ steps }) => (steps[0]?.attempts ?? 0) > 1);
    expect(run.steps[0]).toMatchObject({ status: 'running', error: { step: 'ask', retryable: true } });
    await handle.terminate();
  });

  it('of a name that nobody knows is a 404', async () => {
    for (const path of ['/v1/runs/none', '/v1/runs/none?runId=00000000-0000-4000-8000-000000000000']) {
      expect(await call('GET', path)).toMatchObject({ status: 404, json: { detail: 'run none does not exist' } });
    }
    expect((await call('GET', '/v1/runs/none?runId=nonsense')).status).toBe(400);
    expect((await call('POST', '/v1/runs/none/terminate')).status).toBe(404);
  });
});

describe('health', () => {
  it('is ok with a worker', async () => {
    const answer = await call('GET', '/health');
    expect(answer.json).toMatchObject({
      status: 'ok',
      components: [{ name: 'temporal' }, { name: 'worker', status: 'ok' }, { name: 'api' }],
    });
  });
});
