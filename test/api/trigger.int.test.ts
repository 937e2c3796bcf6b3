import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const client = testClient();
const call = caller(testApp(client).app);

/** No worker polls the queue: runs stay open until they are told to end. */
const id = newId('trigger');
const open: { workflowId: string; runId: string }[] = [];

async function trigger(body: unknown, headers: Record<string, string> = {}, schedule = id) {
  const answer = await call('POST', `/v1/schedules/${schedule}/trigger`, { as: 'operator', body, headers });
  if (answer.json?.runId) open.push(answer.json);
  return answer;
}

async function endAll() {
  for (const run of open.splice(0)) {
    await client.workflow
      .getHandle(run.workflowId, run.runId)
      .terminate('test')
      .catch(() => undefined);
  }
}

async function startedWith(run: { workflowId: string; runId: string }) {
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  const payload = started?.input?.payloads?.[0]?.data;
  return JSON.parse(Buffer.from(payload ?? []).toString());
}

beforeAll(async () => {
  const definition = yearly(id, {
    action: {
      taskQueue: `nobody-${id}`,
      steps: [{ id: 'pause', uses: 'wait', with: { duration: '1h' } }],
      input: { region: 'eu' },
      memo: { team: 'data' },
      runTimeout: '2h',
    },
  });
  expect((await call('POST', '/v1/schedules', { body: definition })).status).toBe(201);
});

afterAll(async () => {
  await endAll();
  await call('DELETE', `/v1/schedules/${id}`);
});

describe('trigger', () => {
  it('starts the live action at once, with who and when', async () => {
    const answer = await trigger({});
    expect(answer.status).toBe(202);
    expect(answer.json.workflowId).toMatch(new RegExp(`^${id}-20\\d\\d-\\d\\d-\\d\\dT`));
    expect(await startedWith(answer.json)).toMatchObject({
      scheduleId: id,
      timezone: 'Europe/Berlin',
      input: { region: 'eu' },
      origin: { trigger: 'manual', scheduledTime: expect.stringMatching(/Z$/) },
    });
    const run = await call('GET', `/v1/runs/${encodeURIComponent(answer.json.workflowId)}`, { as: 'viewer' });
    expect(run.json).toMatchObject({
      ...answer.json,
      status: 'running',
      scheduleId: id,
      trigger: 'manual',
      triggeredBy: 'operator-key',
      steps: [{ id: 'pause', uses: 'wait', status: 'pending', attempts: 0 }],
      error: null,
    });
    const described = await client.workflow.getHandle(answer.json.workflowId).describe();
    expect(described.memo).toMatchObject({ team: 'data' });
    await endAll();
  });

  it('takes another input and a nominal time, named as the server names its own runs', async () => {
    const body = { input: { region: 'us' }, scheduledTime: '2026-11-20T03:00:00+01:00' };
    const answer = await trigger(body);
    expect(answer.json.workflowId).toBe(`${id}-2026-11-20T02:00:00Z`);
    expect(await startedWith(answer.json)).toMatchObject({
      input: { region: 'us' },
      origin: { trigger: 'manual', scheduledTime: '2026-11-20T02:00:00.000Z' },
    });
    const again = await trigger(body);
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ code: 'conflict', errors: [{ value: { runId: answer.json.runId } }] });
    await endAll();
    expect((await trigger({ input: null, scheduledTime: '2026-11-20T02:00:00Z' })).status).toBe(202);
    await endAll();
  });

  it('gives the same run for the same Idempotency-Key', async () => {
    const key = { 'idempotency-key': newId('key') };
    const first = await trigger({ overlap: 'skip', input: 1 }, key);
    const second = await trigger({ overlap: 'skip', input: 1 }, key);
    expect(second).toMatchObject({ status: 202, json: first.json });
    const other = await trigger({ overlap: 'skip', input: 2 }, key);
    expect(other).toMatchObject({ status: 409, json: { code: 'conflict' } });
    await endAll();
    expect((await trigger({ overlap: 'skip', input: 1 }, key)).json).toEqual(first.json);
  });

  it('keeps to the overlap that is asked for', async () => {
    const first = await trigger({ overlap: 'skip' });
    expect(first.status).toBe(202);
    expect(first.json.workflowId).toContain(id);
    const skipped = await trigger({ overlap: 'skip' });
    expect(skipped.status).toBe(409);
    expect(skipped.json.detail).toContain(first.json.runId);
    const skippedWithInput = await trigger({ overlap: 'skip', input: {} });
    expect(skippedWithInput.status).toBe(409);
    expect(skippedWithInput.json.detail).toContain(first.json.runId);
    const buffered = await trigger({ overlap: 'bufferOne' });
    expect(buffered).toMatchObject({ status: 202, json: { buffered: true } });
    expect((await trigger({ overlap: 'bufferOne' })).status).toBe(409);
    const refused = await trigger({ overlap: 'bufferOne', input: {} });
    expect(refused).toMatchObject({ status: 400, json: { errors: [{ path: 'overlap' }] } });
    // Beside them, whatever runs.
    expect((await trigger({ overlap: 'allowAll' })).status).toBe(202);
    const replaced = await trigger({ overlap: 'terminateOther', input: { only: true } });
    expect(replaced.status).toBe(202);
    expect((await client.workflow.getHandle(first.json.workflowId, first.json.runId).describe()).status.name).toBe(
      'TERMINATED',
    );
    await endAll();
  }, 30_000);

  it('triggers a paused schedule, and refuses an unknown one and a bad body', async () => {
    await call('POST', `/v1/schedules/${id}/pause`);
    expect((await trigger({ input: {} })).status).toBe(202);
    expect((await trigger({}, {}, `${id}-none`)).status).toBe(404);
    const bad = await trigger({ overlap: 'sometimes', when: 'now' });
    expect(bad.status).toBe(400);
    expect(bad.json.errors).toHaveLength(2);
    await endAll();
  });

  it('checks the input of a registered workflow before it starts', async () => {
    const workflow = newId('workflow');
    const action = {
      workflow: 'partitionObjects',
      taskQueue: `nobody-${id}`,
      input: { source: { bucket: 'raw', key: 'a.csv' }, target: { bucket: 'out', prefix: 'p/' }, values: ['x'] },
    };
    const created = await call('POST', '/v1/schedules', { body: yearly(workflow, { action }) });
    expect(created.status).toBe(201);
    const bad = await trigger({ input: { ...action.input, values: [] } }, {}, workflow);
    expect(bad.status).toBe(400);
    expect(bad.json.errors).toMatchObject([{ path: 'input.values' }]);
    const good = await trigger({ input: { ...action.input, values: ['y'] } }, {}, workflow);
    expect(await startedWith(good.json)).toMatchObject({ values: ['y'], maxConcurrent: 4 });
    const plain = await trigger({}, {}, workflow);
    expect(await startedWith(plain.json)).toMatchObject({ values: ['x'], maxConcurrent: 4 });
    await endAll();
    await call('DELETE', `/v1/schedules/${workflow}`);
  });
});
