import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BackfillView } from '../../src/domain/backfill/views.js';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { recordHistory } from '../support/histories.js';
import { startPlatform, type TestPlatform } from '../support/platform.js';

let platform: TestPlatform;
let call: ReturnType<typeof caller>;
const schedules: string[] = [];

beforeAll(async () => {
  platform = await startPlatform();
  const { client, taskQueue } = platform;
  // Continues as new every few turns: all tests run over that, as large backfills do.
  call = caller(testApp(client, { taskQueue, backfillMax: 200, backfillEventsPerRun: 30 }).app);
});
afterEach(async () => {
  for (const id of schedules.splice(0)) await call('DELETE', `/v1/schedules/${id}`);
});
afterAll(async () => {
  await platform?.stop();
});

const rest = (duration: string) => ({ steps: [{ id: 'rest', uses: 'wait', with: { duration } }] });

/** A schedule that fired every hour of the past; paused, so that nothing runs but what a test starts. */
async function createSchedule(changes: Record<string, unknown> = {}): Promise<string> {
  const id = newId('slots');
  const definition = yearly(id, {
    spec: { cron: ['0 * * * *'], timezone: 'Europe/Berlin' },
    policies: { overlap: 'allowAll' },
    paused: true,
    action: rest('50ms'),
    ...changes,
  });
  const created = await call('POST', '/v1/schedules', { body: definition });
  expect(created.status, created.text).toBe(201);
  schedules.push(id);
  return id;
}

const post = (id: string, body: object, headers: Record<string, string> = {}) =>
  call('POST', `/v1/schedules/${id}/backfills`, { as: 'operator', body, headers });

async function start(id: string, body: object, headers: Record<string, string> = {}): Promise<BackfillView> {
  const answer = await post(id, body, headers);
  expect(answer.status, answer.text).toBe(202);
  return answer.json;
}

const get = async (id: string): Promise<BackfillView> =>
  (await call('GET', `/v1/backfills/${id}`, { as: 'viewer' })).json;

const control = (id: string, what: string, body: object = {}) =>
  call('POST', `/v1/backfills/${id}/${what}`, { as: 'operator', body });

async function until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const when = (id: string, holds: (view: BackfillView) => boolean) =>
  until(`a state of ${id}`, async () => {
    const view = await get(id);
    return holds(view) && view;
  });
const ended = (id: string) => when(id, ({ closeTime }) => closeTime !== null);

interface Run {
  workflowId: string;
  runId: string;
  status: string;
  scheduledTime: string;
  startTime: string;
  closeTime: string | null;
}

/** In the order in which they started. */
async function runsOf(id: string, query = ''): Promise<Run[]> {
  const { items } = (await call('GET', `/v1/schedules/${id}/runs?pageSize=200${query}`)).json as { items: Run[] };
  return items.sort((a, b) => a.startTime.localeCompare(b.startTime));
}

/** Nominal hours of 10 March 2026. */
const hours = (runs: Run[]) => runs.map(({ scheduledTime }) => Number(scheduledTime.slice(11, 13)));
const march = (first: number, last: number) => {
  const at = (hour: number) => `2026-03-10T${String(hour).padStart(2, '0')}:00:00Z`;
  return { start: at(first), end: at(last) };
};
const ascending = (values: number[]) => [...values].sort((a, b) => a - b);

function mostAtOnce(runs: Run[]): number {
  const changes = runs.flatMap(({ startTime, closeTime }) => [
    [startTime, 1] as const,
    [closeTime ?? '~', -1] as const,
  ]);
  changes.sort(([a, one], [b, other]) => a.localeCompare(b) || one - other);
  let open = 0;
  return Math.max(...changes.map(([, change]) => (open += change)));
}

async function startedWith({ workflowId, runId }: Run) {
  const { events } = await platform.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  return JSON.parse(Buffer.from(payload ?? []).toString());
}

/** The start, one attempt of one activity, and what the pipeline writes into search attributes. */
const actionsOfOdd = 4;

describe('a backfill', () => {
  it('runs exactly the slots of the range, both ends included, N at a time, over many continuations', async () => {
    const id = await createSchedule();
    const begun = await start(id, { ...march(0, 19), maxConcurrent: 4, only: 'all' });
    expect(begun).toMatchObject({ scheduleId: id, total: 20, createdBy: 'operator-key', workflowId: begun.id });
    const view = await ended(begun.id);
    expect(view).toMatchObject({
      ...{ id: begun.id, status: 'completed', startTime: begun.startTime, eta: null },
      ...{ total: 20, started: 20, running: 0, succeeded: 20, failed: 0, skipped: 0 },
    });
    expect(view.runId).not.toBe(begun.runId);
    const runs = await runsOf(id);
    expect(ascending(hours(runs))).toEqual(Array.from({ length: 20 }, (_, hour) => hour));
    expect(mostAtOnce(runs)).toBeLessThanOrEqual(4);
    for (const run of runs) {
      expect(run.workflowId).toBe(`${id}-${run.scheduledTime.replace('.000Z', 'Z')}`);
      expect(run).toMatchObject({ status: 'completed', trigger: 'backfill', backfillId: begun.id });
    }
    expect(await runsOf(id, `&backfillId=${begun.id}`)).toHaveLength(20);
    const detail = (await call('GET', `/v1/runs/${encodeURIComponent(runs[0]?.workflowId ?? '')}`)).json;
    expect(detail).toMatchObject({ trigger: 'backfill', backfillId: begun.id, scheduledTime: runs[0]?.scheduledTime });
  });

  it("starts what the server's own backfill starts: id, type, queue, memo, search attributes, input", async () => {
    const action = { ...rest('10ms'), input: { region: 'eu' }, memo: { team: 'data' }, runTimeout: '1h' };
    const id = await createSchedule({ action: { ...action, taskQueue: platform.taskQueue } });
    const { client } = platform;
    const at = new Date('2026-03-10T07:00:00Z');
    await client.schedule.getHandle(id).backfill({ start: at, end: at, overlap: 'ALLOW_ALL' });
    const native = await until('the native run', async () => (await runsOf(id)).at(0));
    await client.workflow.getHandle(native.workflowId).result();
    const begun = await start(id, { ...march(7, 7), only: 'all' });
    expect(await ended(begun.id)).toMatchObject({ total: 1, succeeded: 1 });
    const ours = (await runsOf(id, `&backfillId=${begun.id}`)).at(0) as Run;
    const facts = async (run: Run) => {
      const { workflowId, type, taskQueue, memo, typedSearchAttributes, raw } = await client.workflow
        .getHandle(run.workflowId, run.runId)
        .describe();
      const attributes = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      const own = ['AlmanacBackfillId', 'AlmanacTrigger', 'BuildIds'];
      return {
        ...{ workflowId, type, taskQueue, memo, timeout: raw.executionConfig?.workflowRunTimeout },
        attributes: attributes.filter(([name]) => !own.includes(String(name))).sort(),
        summary: raw.executionConfig?.userMetadata,
      };
    };
    expect(await facts(ours)).toEqual(await facts(native));
    const { origin, ...argument } = await startedWith(ours);
    expect(argument).toEqual(await startedWith(native));
    const scheduledTime = '2026-03-10T07:00:00.000Z';
    expect(origin).toEqual({ trigger: 'backfill', scheduledTime, backfillId: begun.id });
  });

  it('runs the newest first, with another input', async () => {
    const id = await createSchedule();
    const begun = await start(id, { ...march(0, 4), order: 'newest', input: { region: 'us' } });
    await ended(begun.id);
    const runs = await runsOf(id);
    expect(hours(runs)).toEqual([4, 3, 2, 1, 0]);
    expect(mostAtOnce(runs)).toBe(1);
    expect(await startedWith(runs[0] as Run)).toMatchObject({ input: { region: 'us' } });
  });

  it('runs only the missing or only the failed slots, and all of them again', async () => {
    const flaky = {
      steps: [{ id: 'odd', uses: 'http.request', with: { url: '{% $input.url %}' }, retry: { maximumAttempts: 1 } }],
    };
    const id = await createSchedule({ action: flaky });
    const bad = { input: { url: 'ftp://nowhere' } };
    const good = { input: { url: platform.partner.url } };
    platform.partner.answer = (_, response) => void response.writeHead(200).end();
    expect(await ended((await start(id, { ...march(2, 3), ...bad })).id)).toMatchObject({ failed: 2, succeeded: 0 });
    expect(await ended((await start(id, { ...march(0, 4), ...good })).id)).toMatchObject({ total: 3, succeeded: 3 });

    // Visibility shows a run a moment after its end.
    const plan = await until('both failed runs', async () => {
      const answer = await post(id, { ...march(0, 5), only: 'failed', dryRun: true });
      return answer.json.total === 2 && answer.json.leftOut.succeeded === 3 && answer;
    });
    expect(plan.status).toBe(200);
    expect(plan.json).toMatchObject({ total: 2, leftOut: { missing: 1, succeeded: 3, failed: 0, running: 0 } });
    expect(plan.json.slots).toMatchObject([
      { scheduledTime: '2026-03-10T02:00:00.000Z', before: 'failed', run: { status: 'failed' } },
      { scheduledTime: '2026-03-10T03:00:00.000Z', workflowId: `${id}-2026-03-10T03:00:00Z`, before: 'failed' },
    ]);
    expect(plan.json.expected.durationMs).toBeGreaterThan(0);
    const { cost, runTimeMs } = plan.json.expected;
    expect(cost).toEqual({ actions: 2 * actionsOfOdd, activityMs: expect.any(Number), runsLookedAt: 3 });
    expect(cost.activityMs).toBeLessThan(runTimeMs);
    const priced = caller(
      testApp(platform.client, { taskQueue: platform.taskQueue, prices: { currency: 'EUR', millionActions: 40 } }).app,
    );
    const again = await priced('POST', `/v1/schedules/${id}/backfills`, {
      body: { ...march(0, 5), only: 'failed', dryRun: true },
    });
    const euros = expect.closeTo((2 * actionsOfOdd * 40) / 1e6, 10);
    expect(again.json.expected.cost.money).toEqual({ currency: 'EUR', total: euros, actions: euros });

    expect(await ended((await start(id, { ...march(0, 5), ...good, only: 'failed' })).id)).toMatchObject({
      succeeded: 2,
    });
    expect(await ended((await start(id, { ...march(0, 4), ...good })).id)).toMatchObject({
      started: 0,
      status: 'completed',
    });
    expect(await ended((await start(id, { ...march(0, 4), ...good, only: 'all' })).id)).toMatchObject({ succeeded: 5 });
    expect(await runsOf(id)).toHaveLength(12);
  });

  it('never runs a slot beside itself', async () => {
    const id = await createSchedule({ action: rest('2s') });
    const [one, other] = await Promise.all([
      start(id, { ...march(0, 2), only: 'all', maxConcurrent: 3 }),
      start(id, { ...march(0, 2), only: 'all', maxConcurrent: 3 }),
    ]);
    const [a, b] = [await ended(one.id), await ended(other.id)];
    expect(a.succeeded + b.succeeded).toBe(3);
    expect(a.skipped + b.skipped + (3 - a.total) + (3 - b.total)).toBe(3);
    expect(await runsOf(id)).toHaveLength(3);
  });

  it('takes a schedule that somebody else made, and follows its runs into their retries', async () => {
    const { client, taskQueue } = platform;
    const id = newId('foreign');
    schedules.push(id);
    await client.schedule.create({
      scheduleId: id,
      spec: { intervals: [{ every: '1h' }] },
      policies: { overlap: 'ALLOW_ALL' },
      state: { paused: true },
      action: {
        type: 'startWorkflow',
        workflowType: 'pipeline',
        workflowId: `${id}-own-name`,
        taskQueue,
        args: [{ scheduleId: id, timezone: 'UTC', input: null, steps: rest('1h').steps }],
        workflowRunTimeout: '600ms',
        retry: { maximumAttempts: 2, initialInterval: '300ms' },
      },
    });
    const begun = await start(id, march(3, 3));
    const view = await ended(begun.id);
    expect(view).toMatchObject({ status: 'completed', total: 1, failed: 1 });
    const runs = await until('both attempts', async () => {
      const found = await runsOf(id);
      return found.length === 2 && found.every(({ closeTime }) => closeTime !== null) && found;
    });
    expect(runs.map(({ status, workflowId }) => [status, workflowId])).toEqual(
      Array(2).fill(['timedOut', `${id}-own-name-2026-03-10T03:00:00Z`]),
    );
    expect(Date.parse(view.closeTime ?? '')).toBeGreaterThanOrEqual(Date.parse(runs[1]?.closeTime ?? ''));
  });

  it('is the same one for the same Idempotency-Key', async () => {
    const id = await createSchedule();
    const key = { 'idempotency-key': newId('key') };
    const first = await start(id, march(0, 1), key);
    await ended(first.id);
    expect(await start(id, march(0, 1), key)).toMatchObject({ id: first.id, succeeded: 2 });
    const other = await post(id, march(0, 2), key);
    expect(other).toMatchObject({ status: 409, json: { code: 'conflict' } });
  });

  it('counts the hours of days on which the clocks change as the server does', async () => {
    const id = await createSchedule({ spec: { cron: ['30 1-3 * * *'], timezone: 'Europe/Berlin' } });
    const spring = await post(id, { start: '2026-03-28T23:00:00Z', end: '2026-03-29T21:59:59Z', dryRun: true });
    expect(spring.json.slots.map(({ scheduledTime }: Run) => scheduledTime)).toEqual([
      '2026-03-29T00:30:00.000Z',
      '2026-03-29T01:30:00.000Z',
    ]);
    const autumn = { start: '2026-10-24T22:00:00Z', end: '2026-10-25T22:59:59Z' };
    const range = `start=2026-10-24T21:59:59Z&end=${autumn.end}`;
    const fired = (await call('GET', `/v1/schedules/${id}/fire-times?${range}`)).json.fireTimes;
    expect(fired.length).toBeGreaterThan(2);
    const begun = await start(id, { ...autumn, maxConcurrent: 10 });
    await ended(begun.id);
    expect((await runsOf(id)).map(({ scheduledTime }) => scheduledTime).sort()).toEqual(fired);
  });
});

describe('very many slots', () => {
  it('100,000 begin within seconds, are listed by a dry run, and end when told to', async () => {
    const { client, taskQueue } = platform;
    const raised = caller(testApp(client, { taskQueue, backfillMax: 200_000 }).app);
    const spec = { cron: ['0-58 * * * *'], timezone: 'Europe/Berlin', skip: [{ dayOfMonth: '13' }] };
    const id = await createSchedule({ spec, action: rest('1h') });
    const end = new Date('2026-10-31T00:00:00Z');
    const body = { start: new Date(end.getTime() - 74 * 86_400_000).toISOString(), end: end.toISOString() };
    const plan = await raised('POST', `/v1/schedules/${id}/backfills`, { body: { ...body, dryRun: true } });
    expect(plan.json.total).toBeGreaterThan(100_000);
    expect(plan.json.slots).toHaveLength(plan.json.total);
    const begun = performance.now();
    const answer = await raised('POST', `/v1/schedules/${id}/backfills`, { body: { ...body, maxConcurrent: 5 } });
    expect(answer).toMatchObject({ status: 202, json: { total: plan.json.total } });
    await when(answer.json.id, ({ running }) => running === 5);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await control(answer.json.id, 'cancel', { runs: true });
    expect(await ended(answer.json.id)).toMatchObject({ status: 'canceled', started: 5, failed: 5 });
  });
});

describe('steering', () => {
  it('pauses, resumes and tells how far it is', async () => {
    const id = await createSchedule({ action: rest('300ms') });
    const { id: backfill, runId } = await start(id, { ...march(0, 7), maxConcurrent: 2 });
    await when(backfill, ({ succeeded }) => succeeded >= 2);
    const paused = await control(backfill, 'pause', { note: 'lunch' });
    expect(paused).toMatchObject({ status: 200, json: { status: 'paused', eta: null } });
    expect(paused.json.paused).toMatchObject({ by: 'operator-key', note: 'lunch' });
    expect((await control(backfill, 'pause')).json).toMatchObject({ paused: { note: 'lunch' } });
    const still = await when(backfill, ({ running }) => running === 0);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await get(backfill)).toMatchObject({ status: 'paused', started: still.started });
    expect(still.started).toBeLessThan(8);
    expect(await control(backfill, 'resume')).toMatchObject({ status: 200, json: { status: 'running' } });
    const going = await when(backfill, ({ running, eta }) => running > 0 && eta !== null);
    expect(Date.parse(going.eta ?? '')).toBeGreaterThan(Date.now() - 2_000);
    expect(await ended(backfill)).toMatchObject({ status: 'completed', succeeded: 8 });
    const runs = await runsOf(id);
    expect(ascending(hours(runs))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(mostAtOnce(runs)).toBeLessThanOrEqual(2);
    expect(await control(backfill, 'pause')).toMatchObject({ status: 409, json: { code: 'conflict' } });
    await recordHistory('backfill', platform.client.workflow.getHandle(backfill, runId));
    await recordHistory('backfill-continued', platform.client.workflow.getHandle(backfill));
    const listed = (await call('GET', `/v1/backfills?scheduleId=${id}`)).json.items;
    expect(listed).toEqual([await get(backfill)]);
  });

  it('cancelled, starts no further slot; its open runs go on, or are cancelled when that is asked for', async () => {
    const id = await createSchedule({ action: rest('5s') });
    const { id: left } = await start(id, { ...march(0, 3), maxConcurrent: 2 });
    await when(left, ({ running }) => running === 2);
    expect(await control(left, 'cancel')).toMatchObject({ status: 202, json: { id: left } });
    expect(await ended(left)).toMatchObject({ status: 'canceled', started: 2, running: 2 });
    expect((await runsOf(id)).map(({ status }) => status)).toEqual(['running', 'running']);

    const { id: all } = await start(id, { ...march(10, 13), maxConcurrent: 2 });
    await when(all, ({ running }) => running === 2);
    await control(all, 'cancel', { runs: true, note: 'wrong input' });
    expect(await ended(all)).toMatchObject({ status: 'canceled', started: 2, running: 0, failed: 2 });
    const cancelled = (await runsOf(id, `&backfillId=${all}`)).map(({ status }) => status);
    expect(cancelled).toEqual(['canceled', 'canceled']);
  });

  it('yields to live runs unless runs may overlap', async () => {
    const id = await createSchedule({ policies: { overlap: 'skip' }, action: rest('1h') });
    const live = (await call('POST', `/v1/schedules/${id}/trigger`)).json;
    const { id: backfill } = await start(id, { ...march(0, 3), maxConcurrent: 2 });
    const waiting = await when(backfill, ({ yieldingTo }) => yieldingTo !== undefined);
    expect(waiting).toMatchObject({ started: 0, yieldingTo: live });
    await platform.client.workflow.getHandle(live.workflowId).terminate('test');
    expect(await when(backfill, ({ running }) => running === 2)).not.toHaveProperty('yieldingTo');
    await control(backfill, 'cancel', { runs: true });
    await ended(backfill);
  });

  it('fails with the reason when its schedule is deleted', async () => {
    const id = await createSchedule({ action: rest('1s') });
    const { id: backfill } = await start(id, march(0, 5));
    await when(backfill, ({ running }) => running === 1);
    await call('DELETE', `/v1/schedules/${id}`);
    const view = await ended(backfill);
    expect(view).toMatchObject({ status: 'failed', error: `schedule ${id} does not exist` });
  });
});

describe('refusals', () => {
  const day = 86_400_000;
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

  it('says what is wrong with a range or a request, and where', async () => {
    const id = await createSchedule();
    const refused = async (body: object, status: number, problem: object, as = 'operator') => {
      const answer = await call('POST', `/v1/schedules/${id}/backfills`, { as: as as 'operator', body });
      expect(answer).toMatchObject({ status, json: problem });
      return answer.json.detail as string;
    };
    await refused({ start: ago(1_000), end: ago(day) }, 400, { errors: [{ path: 'end' }] });
    expect(await refused({ start: ago(day), end: ago(-day) }, 400, { errors: [{ path: 'end' }] })).toContain('future');
    await refused({ start: ago(-day), end: ago(-2 * day) }, 400, { errors: [{ path: 'start' }] });
    const begun = performance.now();
    await refused({ start: ago(36_525 * day), end: ago(day) }, 400, { errors: [{ path: 'start' }] });
    const many = await refused({ start: ago(9 * 366 * day), end: ago(day) }, 422, { code: 'over-cap' });
    expect(many).toMatch(/has 7\d,\d{3} slots and one backfill may have 200/);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await refused({ ...march(0, 1), maxConcurrent: 0, order: 'random', only: 'some' }, 400, {
      code: 'invalid-input',
      errors: [
        { path: 'maxConcurrent', value: 0 },
        { path: 'order', value: 'random' },
        { path: 'only', value: 'some' },
      ],
    });
    await refused({ start: '2026-03-10' }, 400, { errors: [{ path: 'start' }, { path: 'end' }] });
    await refused({ ...march(0, 1), input: 'x'.repeat(300_000) }, 413, { errors: [{ path: 'input' }] });
    await refused(march(0, 1), 403, { code: 'forbidden' }, 'viewer');
    expect((await post(`${id}-none`, march(0, 1))).status).toBe(404);
    expect(await runsOf(id)).toEqual([]);
  });

  it('knows no backfill that is none', async () => {
    expect((await call('GET', '/v1/backfills/none')).status).toBe(404);
    const handle = await platform.run(rest('10ms').steps);
    expect((await call('GET', `/v1/backfills/${handle.workflowId}`)).status).toBe(404);
    expect((await control(handle.workflowId, 'cancel')).status).toBe(404);
    await handle.result();
  });
});
