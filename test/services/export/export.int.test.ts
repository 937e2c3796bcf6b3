import { type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, describe, expect, test } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { createExportService } from '../../../src/services/export/export-service.js';
import { readAction } from '../../../src/services/export/live-action.js';
import { payloadsOf } from '../../../src/services/payloads.js';
import { createPlanService } from '../../../src/services/plan/plan-service.js';
import { readPolicies } from '../../../src/services/schedules/live-policies.js';
import { describeLive } from '../../../src/services/schedules/live-schedule.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { specFromProto } from '../../../src/services/schedules/spec-from-proto.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';
import { temporal } from '../../support/temporal-cli.js';

const client = testClient();
const exports = createExportService({ client, taskQueue: 'almanac' });
const plans = createPlanService({ client, taskQueue: 'almanac', owner: 'test' });
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'test' });
afterAll(() => client.connection.close());

const action = (id: string) => ({
  type: 'startWorkflow' as const,
  workflowType: 'OrderReport',
  workflowId: `${id}-orders`,
  taskQueue: 'orders',
  args: [{ region: 'emea', limit: 10, nested: { list: [1, null, 'x'] } }],
});

/** Schedules as people make them with the SDK. */
const bySdk: Record<string, (id: string) => Omit<ScheduleOptions, 'scheduleId'>> = {
  'crons in a timezone': (id) => ({
    spec: { cronExpressions: ['0 3 * * 1-5', '15,45 8-18 1 jan-jun * # half hours'], timezone: 'America/New_York' },
    action: action(id),
  }),
  '@every and @daily': (id) => ({ spec: { cronExpressions: ['@every 6h/15m', '@daily'] }, action: action(id) }),
  'calendars, an interval, skips, bounds and jitter': (id) => ({
    spec: {
      calendars: [
        { hour: { start: 9, end: 17, step: 2 }, dayOfWeek: [{ start: 'MONDAY', end: 'FRIDAY' }], comment: 'office' },
        { month: 'DECEMBER', dayOfMonth: 24, hour: 12, minute: 30, second: 15, year: 2030 },
      ],
      intervals: [{ every: '7h', offset: '20m' }, { every: '2d' }],
      skip: [{ dayOfWeek: 'SUNDAY', hour: '*', minute: '*', second: '*' }, { hour: 0 }],
      startAt: new Date('2026-01-01T00:00:00Z'),
      endAt: new Date('2036-06-30T12:34:56Z'),
      jitter: '90s',
      timezone: 'Australia/Lord_Howe',
    },
    action: action(id),
  }),
  'policies, a pause and a note': (id) => ({
    spec: { intervals: [{ every: '1h' }] },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL, catchupWindow: '2d', pauseOnFailure: true },
    state: { paused: true, note: 'not yet' },
    action: action(id),
  }),
  'timeouts, retries, memo and search attributes': (id) => ({
    spec: { intervals: [{ every: '1d' }] },
    action: {
      ...action(id),
      workflowRunTimeout: '2h',
      workflowExecutionTimeout: '3d',
      workflowTaskTimeout: '20s',
      retry: { maximumAttempts: 4, initialInterval: '5s', backoffCoefficient: 1.5, nonRetryableErrorTypes: ['Bad'] },
      memo: { numbers: [1, 2], team: 'orders' },
    },
  }),
  'no argument, and several': (id) => ({ spec: { intervals: [{ every: '1d' }] }, action: { ...action(id), args: [] } }),
  'several arguments': (id) => ({
    spec: { intervals: [{ every: '1d' }] },
    action: { ...action(id), args: ['monthly', { currency: 'EUR' }, null] },
  }),
};

/** The same with Temporal's own command line. */
const byCli: Record<string, string[]> = {
  cron: ['--cron', '30 12 * * Fri', '--time-zone', 'Europe/Berlin', '--input', '{"a":1}'],
  'calendar and interval': ['--calendar', '{"dayOfWeek":"Fri","hour":"3","minute":"30"}', '--interval', '6h/5h'],
  policies: [
    ...['--interval', '45m', '--overlap-policy', 'BufferOne', '--catchup-window', '1m', '--pause-on-failure'],
    ...['--jitter', '10s', '--notes', 'made by hand', '--memo', 'team="orders"'],
    ...['--start-time', '2026-02-01T00:00:00Z', '--end-time', '2040-02-01T00:00:00Z'],
  ],
  'two inputs and timeouts': [
    ...['--interval', '1d', '--input', '1', '--input', '"two"', '--run-timeout', '1h', '--execution-timeout', '2h'],
    ...['--static-summary', 'Orders of the day'],
  ],
};

async function made(name: string): Promise<string> {
  const id = newId('export');
  const options = bySdk[name];
  if (options !== undefined) await client.schedule.create({ scheduleId: id, ...options(id) });
  const flags = byCli[name.replace('temporal: ', '')];
  if (flags !== undefined) {
    await temporal(
      ...['schedule', 'create', '--schedule-id', id, '--workflow-id', `${id}-wf`],
      ...['--type', 'OrderReport', '--task-queue', 'orders', ...flags],
    );
  }
  return id;
}

/** What a schedule is, but for whether a default was written down or not. */
async function live(id: string) {
  const { raw } = await describeLive(client, id);
  const action = raw.schedule?.action?.startWorkflow ?? {};
  return {
    spec: specFromProto(raw.schedule?.spec ?? {}),
    policies: readPolicies(raw.schedule?.policies, []),
    paused: raw.schedule?.state?.paused,
    action: await readAction(action, payloadsOf(client), []),
  };
}

const names = [...Object.keys(bySdk), ...Object.keys(byCli).map((name) => `temporal: ${name}`)];

describe('a schedule that Almanac did not make', () => {
  test.each(names)('%s: the file says all of it', async (name) => {
    const id = await made(name);
    const exported = await exports.export(id);
    expect(exported.gaps.filter(({ kept }) => !kept)).toEqual([]);
    const definition = parseDefinition(exported.definition);
    expect(JSON.stringify(exported.definition, null, 2).replaceAll(id, '<id>')).toMatchSnapshot();

    // Planned, it changes nothing; taken over, it changes hands and nothing else.
    for (const deep of [false, true]) {
      expect((await plans.plan([definition], { deep })).changes).toMatchObject([
        { action: 'no-op', fields: [], owner: null },
      ]);
    }
    const [adopted] = (await plans.plan([definition], { adopt: true })).changes;
    expect(adopted).toMatchObject({ action: 'update', fields: [{ path: 'owner', before: null, after: 'test' }] });

    // Made anew from its file, it is the same again.
    const before = await live(id);
    await client.schedule.getHandle(id).delete();
    await schedules.create(definition);
    expect(await live(id)).toEqual(before);
    expect(await exports.export(id)).toMatchObject({ source: 'applied', definition });
    await schedules.delete(id);
  });
});

async function expectNoOp(exported: unknown): Promise<void> {
  for (const deep of [false, true]) {
    const { changes } = await plans.plan([parseDefinition(exported)], { deep });
    expect(changes).toMatchObject([{ action: 'no-op', fields: [] }]);
  }
}

describe('a schedule of Almanac', () => {
  const workflow = {
    workflow: 'partitionObjects',
    input: {
      source: { bucket: 'orders-raw', key: 'all.csv' },
      target: { bucket: 'orders-split', prefix: '' },
      values: ['a'],
    },
  };

  test.each([
    ['steps', {}],
    ['a registered workflow', { action: workflow }],
    ['dates, tags and a pause', { tags: ['x'], paused: true, spec: { cron: ['@daily'], skipDates: ['2027-01-01'] } }],
  ])('%s comes out as it was written', async (_, changes) => {
    const id = newId('export');
    const definition = parseDefinition(yearly(id, changes));
    await schedules.create(definition);
    expect(await exports.export(id)).toEqual({ id, definition, source: 'applied', gaps: [] });
    await expectNoOp((await exports.export(id)).definition);
    await schedules.pause(id, 'by hand');
    expect(await exports.export(id)).toMatchObject({ definition, source: 'applied' });
    await schedules.delete(id);
  });

  test('of one that was changed by hand only what was changed is made anew', async () => {
    const id = newId('export');
    const definition = parseDefinition(yearly(id, { tags: ['kept'] }));
    await schedules.create(definition);
    await client.schedule.getHandle(id).update((previous) => ({
      ...previous,
      spec: { intervals: [{ every: '3h' }] },
      policies: { ...previous.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    }));
    await expect.poll(async () => (await exports.export(id)).source).toBe('live');
    expect(await exports.export(id)).toEqual({
      id,
      source: 'live',
      gaps: [],
      definition: {
        ...definition,
        spec: { intervals: [{ every: '3h' }], timezone: 'UTC' },
        policies: { overlap: 'allowAll', catchupWindow: '10m' },
      },
    });
    await expectNoOp((await exports.export(id)).definition);
    await schedules.delete(id);
  });

  test('steps are read from the action when their input was changed by hand', async () => {
    const id = newId('export');
    await schedules.create(parseDefinition(yearly(id)));
    const handle = client.schedule.getHandle(id);
    await handle.update((previous) => {
      const [argument] = previous.action.args as [{ input: unknown }];
      return { ...previous, action: { ...previous.action, args: [{ ...argument, input: { only: 'de' } }] } };
    });
    await expect.poll(async () => (await exports.export(id)).source).toBe('live');
    expect(await exports.export(id)).toMatchObject({
      gaps: [],
      definition: { action: { ...yearly(id).action, input: { only: 'de' }, taskQueue: 'almanac' } },
    });
    await expectNoOp((await exports.export(id)).definition);
    await schedules.delete(id);
  });
});

describe('what no file can say is told', () => {
  const base = (id: string) => ({ spec: { intervals: [{ every: '1d' }] }, action: action(id) });
  const flags = (id: string) => [
    '--schedule-id',
    id,
    '--workflow-id',
    id,
    '--type',
    'OrderReport',
    '--task-queue',
    'q',
  ];

  test('what stays on the live schedule is no loss', async () => {
    const id = newId('export');
    const memo = ['--schedule-memo', 'team="orders"', '--notes', 'by hand', '--remaining-actions', '3'];
    await temporal('schedule', 'create', ...flags(id), '--interval', '1d', ...memo);
    const { definition, gaps } = await exports.export(id);
    expect(definition).not.toBeNull();
    expect(gaps).toEqual([
      { path: 'remainingActions', message: expect.any(String), value: 3, kept: true },
      { path: 'memo', message: expect.any(String), kept: true },
      { path: 'note', message: expect.any(String), value: 'by hand', kept: true },
    ]);
    await schedules.delete(id);
  });

  test('headers and priorities are lost, the rest is a file', async () => {
    const id = newId('export');
    await client.workflowService.createSchedule({
      namespace: client.options.namespace,
      scheduleId: id,
      requestId: id,
      schedule: {
        spec: { interval: [{ interval: msToTs('1h') }] },
        action: {
          startWorkflow: {
            workflowId: id,
            workflowType: { name: 'OrderReport' },
            taskQueue: { name: 'q' },
            header: { fields: { trace: defaultPayloadConverter.toPayload('x') } },
            priority: { priorityKey: 2 },
          },
        },
      },
    });
    const { definition, gaps } = await exports.export(id);
    expect(parseDefinition(definition).action).toMatchObject({ workflow: 'OrderReport', external: {} });
    expect(gaps.map(({ path, kept }) => [path, kept])).toEqual([
      ['action.header', false],
      ['action.priority', false],
    ]);
    await schedules.delete(id);
  });

  test('a retry that files do not allow is left out', async () => {
    const id = newId('export');
    const retry = { maximumAttempts: 2, initialInterval: '1ms' as const };
    await client.schedule.create({ scheduleId: id, ...base(id), action: { ...action(id), retry } });
    const { definition, gaps } = await exports.export(id);
    expect(parseDefinition(definition).action).not.toHaveProperty('external.retry');
    expect(gaps).toMatchObject([{ path: 'action.external.retry.initialInterval', value: '1ms', kept: false }]);
    await schedules.delete(id);
  });

  test.each([
    [
      'an argument that is not JSON',
      (id: string) => ({ ...base(id), action: { ...action(id), args: [new Uint8Array([1])] } }),
      'action.arguments[0]',
    ],
    ['a schedule that never fires by itself', (id: string) => ({ ...base(id), spec: {} }), 'spec'],
  ])('%s: there is no file', async (_, options, path) => {
    const id = newId('export');
    await client.schedule.create({ scheduleId: id, ...options(id) });
    expect(await exports.export(id)).toMatchObject({ definition: null, source: 'live', gaps: [{ path, kept: false }] });
    await schedules.delete(id);
  });

  test('an integer that JavaScript would round is not written down wrong', async () => {
    const id = newId('export');
    await temporal('schedule', 'create', ...flags(id), '--interval', '1d', '--input', '{"order": 9007199254740993}');
    const { definition, gaps } = await exports.export(id);
    expect(definition).toBeNull();
    expect(gaps[0]?.message).toContain('9007199254740993');
    await schedules.delete(id);
  });

  test('an id that no file can have', async () => {
    const id = `Export-${newId()}`;
    await client.schedule.create({ scheduleId: id, ...base(id) });
    expect(await exports.export(id)).toMatchObject({
      definition: null,
      gaps: [{ path: 'id', value: id, kept: false }],
    });
    await schedules.delete(id);
  });

  test('a schedule that is not there is not found', async () => {
    await expect(exports.export('nowhere')).rejects.toMatchObject({ code: 'not-found' });
  });
});
