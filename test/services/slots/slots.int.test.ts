import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SlotStatus, SlotView } from '../../../src/domain/slots/slot-view.js';
import { almanac } from '../../cli/support.js';
import { caller, newId, testApp, testKeys } from '../../support/api.js';
import { startPlatform, type TestPlatform } from '../../support/platform.js';

let platform: TestPlatform;
let call: ReturnType<typeof caller>;
let app: ReturnType<typeof testApp>['app'];
const everyTwoSeconds = { intervals: [{ every: '2s' }] };
const rest = (duration: string) => ({ steps: [{ id: 'rest', uses: 'wait', with: { duration } }] });
const ids = {
  steady: newId('steady'),
  slow: newId('slow'),
  buffering: newId('buffering'),
  holiday: newId('holiday'),
  changed: newId('changed'),
  failing: newId('failing'),
  jittered: newId('jittered'),
  taken: newId('taken'),
  foreign: newId('foreign'),
};
/** A fire whose workflow id a trigger takes before it. */
let takenTime: string;
/** When everything had happened. */
let end: Date;
let created: number;

const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10);
const dayMs = 86_400_000;
const create = (id: string, changes: object) => call('POST', '/v1/schedules', { body: { id, ...changes } });

beforeAll(async () => {
  platform = await startPlatform();
  app = testApp(platform.client, { taskQueue: platform.taskQueue }).app;
  call = caller(app);
  created = Date.now();
  const dates = [dateOf(created), dateOf(created + dayMs)].map((date) => ({ date, comment: 'inventory' }));
  const answers = await Promise.all([
    create(ids.steady, { spec: everyTwoSeconds, policies: { overlap: 'allowAll' }, action: rest('100ms') }),
    create(ids.slow, { spec: everyTwoSeconds, action: rest('5s') }),
    create(ids.buffering, {
      spec: everyTwoSeconds,
      policies: { overlap: 'bufferOne' },
      action: rest('1h'),
    }),
    create(ids.holiday, { spec: { ...everyTwoSeconds, skipDates: dates }, action: rest('100ms') }),
    create(ids.jittered, {
      spec: { intervals: [{ every: '3s' }], jitter: '2s' },
      policies: { overlap: 'allowAll' },
      action: rest('100ms'),
    }),
    create(ids.taken, { spec: everyTwoSeconds, policies: { overlap: 'allowAll' }, action: rest('100ms') }),
    create(ids.changed, { spec: { intervals: [{ every: '3s' }] }, action: rest('100ms') }),
    create(ids.failing, {
      spec: everyTwoSeconds,
      policies: { pauseOnFailure: true },
      action: {
        steps: [{ id: 'get', uses: 'http.request', with: { url: 'http://10.0.0.1/' }, retry: { maximumAttempts: 1 } }],
      },
    }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  await platform.client.schedule.create({
    scheduleId: ids.foreign,
    spec: { intervals: [{ every: '2s' }] },
    state: { paused: true, note: 'not yet' },
    action: { type: 'startWorkflow', workflowType: 'any', taskQueue: 'nobody' },
  });
  takenTime = new Date(Math.ceil((Date.now() + 3_000) / 2_000) * 2_000).toISOString();
  await call('POST', `/v1/schedules/${ids.taken}/trigger`, { body: { scheduledTime: takenTime } });
  await sleep(4_500);
  await call('POST', `/v1/schedules/${ids.steady}/pause`, { as: 'operator', body: { note: 'warehouse moves' } });
  const changed = { id: ids.changed, spec: { intervals: [{ every: '4s', offset: '1s' }] }, action: rest('100ms') };
  expect((await call('PUT', `/v1/schedules/${ids.changed}`, { body: changed })).status).toBe(200);
  const described = (await call('GET', `/v1/schedules/${ids.steady}`)).json;
  expect(described).toMatchObject({
    pausedBy: 'operator-key',
    pausedSince: expect.any(String),
    note: 'warehouse moves',
  });
  await sleep(5_000);
  await call('POST', `/v1/schedules/${ids.steady}/unpause`, { as: 'operator', body: {} });
  await sleep(4_500);
  end = new Date();
}, 60_000);

afterAll(async () => {
  for (const id of Object.values(ids)) await call('DELETE', `/v1/schedules/${id}`);
  await platform.stop();
});

async function slotsOf(id: string, query: Record<string, string> = {}): Promise<SlotView[]> {
  const window = new URLSearchParams({ start: new Date(created).toISOString(), end: end.toISOString(), ...query });
  const answer = await call('GET', `/v1/schedules/${id}/slots?${window}`, { as: 'viewer' });
  expect(answer.json).toMatchObject({ items: expect.any(Array) });
  return answer.json.items;
}

const countsOf = async (id: string) => (await call('GET', `/v1/schedules/${id}`)).json.counts;
const withStatus = (slots: SlotView[], ...statuses: SlotStatus[]) =>
  slots.filter(({ status }) => statuses.includes(status));

describe('slots of schedules that really ran', () => {
  it('tells runs from a pause, who paused and why', async () => {
    const slots = await slotsOf(ids.steady);
    const paused = withStatus(slots, 'paused');
    const ran = withStatus(slots, 'ran', 'late', 'running');
    expect(paused.length).toBeGreaterThanOrEqual(2);
    expect(withStatus(slots, 'paused', 'ran', 'late', 'running', 'beforeCreation')).toEqual(slots);
    expect(ran.length).toBe((await countsOf(ids.steady)).actions - (await firesSince(ids.steady)));
    for (const { pause, evidence, runs } of paused) {
      expect(pause).toMatchObject({ by: 'operator-key', note: 'warehouse moves', until: expect.any(String) });
      expect(evidence[0]).toMatch(/^scheduler history: paused at .* by operator-key \(warehouse moves\), until /);
      expect(runs).toEqual([]);
    }
    for (const { runs, scheduledTime, evidence } of ran) {
      expect(runs).toHaveLength(1);
      expect(runs[0]?.workflowId).toBe(`${ids.steady}-${scheduledTime.replace('.000Z', 'Z')}`);
      expect(evidence[0]).toContain(runs[0]?.runId);
    }
    expect(paused.every(({ scheduledTime }) => scheduledTime > (ran[0]?.scheduledTime ?? ''))).toBe(true);
  });

  it('names the run that was in the way of each skipped fire, as many as the server counts', async () => {
    const slots = await slotsOf(ids.slow);
    const skipped = withStatus(slots, 'skippedByOverlap');
    expect(skipped.length).toBeGreaterThanOrEqual(3);
    for (const { evidence } of skipped) {
      expect(evidence[0]).toMatch(new RegExp(`^visibility: run ${ids.slow}-.* when Temporal came to .* policy skip$`));
    }
    const counts = await countsOf(ids.slow);
    const later = await slotsOf(ids.slow, { start: end.toISOString(), end: new Date().toISOString() });
    expect(skipped.length + withStatus(later, 'skippedByOverlap').length).toBe(counts.skippedOverlap);
    expect(withStatus(slots, 'ran', 'late', 'running', 'skippedByOverlap', 'beforeCreation')).toEqual(slots);
  });

  it('knows the one fire that the buffer keeps from those that it drops', async () => {
    const slots = withStatus(await slotsOf(ids.buffering), 'running', 'buffered', 'skippedByOverlap', 'unknown');
    expect(slots.slice(0, 2).map(({ status }) => status)).toEqual(['running', 'buffered']);
    expect(new Set(slots.slice(2).map(({ status }) => status))).toEqual(new Set(['skippedByOverlap']));
  });

  it('says which date of which calendar took a fire out, and which run made up for it', async () => {
    const before = await slotsOf(ids.holiday);
    const [slot, other] = withStatus(before, 'skippedDate');
    expect(withStatus(before, 'skippedDate', 'beforeCreation')).toEqual(before);
    expect(slot?.skip).toEqual({ path: 'skipDates[0]', date: dateOf(created), comment: 'inventory' });
    const trigger = await call('POST', `/v1/schedules/${ids.holiday}/trigger`, {
      body: { scheduledTime: slot?.scheduledTime },
    });
    const time = new Date(other?.scheduledTime ?? '');
    await platform.client.schedule.getHandle(ids.holiday).backfill({
      start: new Date(time.getTime() - 500),
      end: time,
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    });
    expect(trigger.status).toBe(202);
    await sleep(1_500);
    const after = await slotsOf(ids.holiday);
    const triggered = after.find(({ scheduledTime }) => scheduledTime === slot?.scheduledTime);
    expect(triggered).toMatchObject({ status: 'triggered', runs: [trigger.json], skip: { comment: 'inventory' } });
    expect(triggered?.evidence.at(-1)).toMatch(/^by itself it did not run: spec: skipDates\[0\] takes out/);
    // The server leaves skipped times out of a backfill too.
    expect(after.find(({ scheduledTime }) => scheduledTime === other?.scheduledTime)?.status).toBe('skippedDate');
  });

  it('has the words of the server where it could not start a run', async () => {
    const slots = await slotsOf(ids.taken);
    const taken = slots.find(({ scheduledTime }) => scheduledTime === takenTime);
    expect(taken).toMatchObject({ status: 'triggered', runs: [{ trigger: 'manual' }] });
    expect(taken?.evidence.at(-1)).toMatch(
      /^by itself it did not run: scheduler history: Temporal tried to start it at .* and could not: .*already/,
    );
    expect(withStatus(slots, 'ran', 'late', 'running', 'triggered', 'beforeCreation')).toEqual(slots);
  });

  it('explains a schedule that Almanac did not make', async () => {
    const slots = withStatus(await slotsOf(ids.foreign), 'paused', 'ran', 'unknown');
    expect(slots.length).toBeGreaterThanOrEqual(5);
    for (const { status, evidence } of slots) {
      expect(status).toBe('paused');
      expect(evidence[0]).toMatch(/^scheduler history: created paused at .* by almanac \(not yet\), and still is$/);
    }
  });

  it('takes jitter into account, to the millisecond', async () => {
    const slots = await slotsOf(ids.jittered);
    expect(withStatus(slots, 'ran', 'late', 'running', 'toCome', 'beforeCreation')).toEqual(slots);
    // A time whose jitter went beyond the end of the window is still to come.
    expect(withStatus(slots, 'ran', 'late', 'running').length).toBeGreaterThanOrEqual(3);
    expect(withStatus(slots, 'toCome').length).toBeLessThanOrEqual(1);
  });

  it('goes by the spec that held at the time', async () => {
    const slots = await slotsOf(ids.changed);
    const times = slots.map(({ scheduledTime }) => Date.parse(scheduledTime) / 1000);
    const firstNew = times.findIndex((time) => time % 4 === 1 && time % 3 !== 0);
    expect(firstNew).toBeGreaterThan(0);
    for (const { status, runs } of withStatus(slots, 'ran'))
      expect({ status, runs: runs.length }).toEqual({ status: 'ran', runs: 1 });
    expect(withStatus(slots, 'ran', 'late', 'running', 'beforeCreation')).toEqual(slots);
  });

  it('shows a fire whose run failed, and the pause that followed', async () => {
    const slots = withStatus(await slotsOf(ids.failing), 'failed', 'paused', 'ran', 'unknown', 'skippedByOverlap');
    expect(slots[0]).toMatchObject({ status: 'failed', runs: [{ status: 'failed' }] });
    const paused = slots.at(-1);
    expect(paused).toMatchObject({ status: 'paused', pause: { by: null, until: null } });
    const described = (await call('GET', `/v1/schedules/${ids.failing}`)).json;
    expect(described).toMatchObject({ paused: true });
    expect(described).not.toHaveProperty('pausedBy');
    expect(paused?.evidence[0]).toMatch(
      /paused by the scheduler itself .*paused due to workflow failure.*and still is$/,
    );
  });

  it('lists what is still to come, and pages without a gap or a double', async () => {
    const future = new Date(end.getTime() + 60_000);
    const all = await slotsOf(ids.steady, { end: future.toISOString() });
    expect(withStatus(all, 'toCome').length).toBeGreaterThan(10);
    const pages: SlotView[] = [];
    let pageToken: string | undefined;
    do {
      const query = new URLSearchParams({
        start: new Date(created).toISOString(),
        end: future.toISOString(),
        limit: '7',
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      const { json } = await call('GET', `/v1/schedules/${ids.steady}/slots?${query}`);
      expect(json.items.length).toBeLessThanOrEqual(7);
      pages.push(...json.items);
      pageToken = json.nextPageToken;
    } while (pageToken !== undefined);
    expect(pages.map(({ scheduledTime }) => scheduledTime)).toEqual(all.map(({ scheduledTime }) => scheduledTime));
  });

  it('tells a backfill and a trigger of the server from what ran by itself', async () => {
    const paused = withStatus(await slotsOf(ids.steady), 'paused');
    const [first, second] = paused.map(({ scheduledTime }) => new Date(scheduledTime));
    if (first === undefined || second === undefined) throw new Error('two paused slots are needed');
    await platform.client.schedule.getHandle(ids.steady).backfill({
      start: new Date(first.getTime() - 500),
      end: first,
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
    });
    const answer = await call('POST', `/v1/schedules/${ids.steady}/trigger`, {
      as: 'operator',
      body: { overlap: 'cancelOther', scheduledTime: second.toISOString() },
    });
    expect(answer.status).toBe(202);
    await sleep(1_500);
    const slots = await slotsOf(ids.steady);
    const at = (time: Date) => slots.find(({ scheduledTime }) => scheduledTime === time.toISOString());
    expect(at(first)).toMatchObject({
      status: 'backfilled',
      runs: [{ trigger: 'backfill' }],
      pause: { by: 'operator-key' },
    });
    expect(at(first)?.evidence[0]).toMatch(/scheduler history: backfill asked for at .* by almanac$/);
    expect(at(second)).toMatchObject({ status: 'triggered', runs: [{ trigger: 'manual', ...answer.json }] });
    expect(at(second)?.evidence[0]).toMatch(/scheduler history: trigger asked for at .* by operator-key$/);
  });
});

/** Runs that the scheduler has started since the end of the window. */
async function firesSince(id: string): Promise<number> {
  const slots = await slotsOf(id, { start: end.toISOString(), end: new Date().toISOString() });
  return withStatus(slots, 'ran', 'late', 'running').length;
}

describe('almanac slots', () => {
  let server: ReturnType<typeof serve>;
  let url: string;

  beforeAll(async () => {
    const port = await new Promise<number>((resolve) => {
      server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info) => resolve(info.port));
    });
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const run = (...args: string[]) =>
    almanac(['slots', ...args], { env: { ALMANAC_URL: url, ALMANAC_KEY: testKeys.viewer } });
  const window = () => ['--from', new Date(created).toISOString(), '--to', end.toISOString()];

  it('shows a table on the clocks of the schedule and counts what it showed', async () => {
    const { exitCode, stdout, stderr } = await run(ids.slow, ...window());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^DAY {2}UTC +OFFSET +STATUS +LATE +RUN OR REASON$/);
    const skipped = lines.filter((line) => line.includes('  skipped by overlap  '));
    expect(skipped.length).toBeGreaterThanOrEqual(3);
    expect(lines.at(-1)).toMatch(new RegExp(`^of ${lines.length - 2} slots: .*${skipped.length} skipped by overlap`));
  });

  it('gives the evidence where it is asked for, and data for machines', async () => {
    const explained = await run(ids.holiday, '--evidence', ...window());
    expect(explained.stdout).toMatch(/^ {5}spec: skipDates\[0\] takes out .* \(inventory\)$/m);
    const { stdout } = await run(ids.holiday, '--json', ...window());
    expect(JSON.parse(stdout).items).toEqual(
      await slotsOf(ids.holiday, { start: new Date(created - 1).toISOString() }),
    );
    const cut = await run(ids.holiday, '--limit', '2', ...window());
    expect(cut.stdout).toMatch(/of 2 slots:/);
    expect(cut.stderr).toBe('There are more: raise --limit.\n');
  });

  it('takes a start to come for the day after it, and ends with the codes of the contract', async () => {
    const future = await run(ids.slow, '--from', '+1h', '--limit', '5');
    expect(future.stdout).toMatch(/of 5 slots: 5 still to come/);
    expect((await run('nobody-made-this')).exitCode).toBe(4);
    expect((await run(ids.slow, '--from', 'now', '--to=-1h')).exitCode).toBe(2);
    expect((await run(ids.slow, '--from', '1926-01-01')).exitCode).toBe(2);
    expect((await run(ids.slow, '--limit', '0')).exitCode).toBe(2);
  });
});

describe('bad input', () => {
  const get = (id: string, query: string) => call('GET', `/v1/schedules/${id}/slots?${query}`);

  it('refuses windows and pages that make no sense', async () => {
    const answers = await Promise.all([
      get('nobody-made-this', ''),
      get(ids.steady, 'start=2026-11-02T00:00:00Z&end=2026-11-01T00:00:00Z'),
      get(ids.steady, 'start=1926-11-02T00:00:00Z&end=2026-11-01T00:00:00Z'),
      get(ids.steady, 'limit=1001'),
      get(ids.steady, 'limit=0'),
      get(ids.steady, 'start=yesterday'),
      get(ids.steady, 'pageToken=abc'),
    ]);
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [404, 'not-found'],
      [400, 'invalid-input'],
      [422, 'over-cap'],
      [400, 'invalid-input'],
      [400, 'invalid-input'],
      [400, 'invalid-input'],
      [400, 'invalid-input'],
    ]);
    expect(
      (await call('GET', `/v1/schedules/${ids.steady}/slots`, { headers: { authorization: 'Bearer x' } })).status,
    ).toBe(401);
  });
});
