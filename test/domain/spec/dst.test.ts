import { describe, expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { applyDst } from '../../../src/domain/spec/apply-dst.js';
import { clockChanges } from '../../../src/domain/spec/clock-change.js';
import { compileSpec, tryCompileSpec } from '../../../src/domain/spec/compile-spec.js';
import type { CompiledCalendar, Range } from '../../../src/domain/spec/compiled-spec.js';
import { fireTimesBetween } from '../../../src/domain/spec/fire-times.js';
import { zoneOf } from '../../../src/domain/spec/zone.js';
import { seededRandom } from './random-spec.js';

const berlin = 'Europe/Berlin';
const newYork = 'America/New_York';

/** Fire times of the day around a change, without the date. */
function around(day: string, cron: string, timezone: string, dst?: object): string[] {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const window = { start: new Date(noon - 86_400_000), end: new Date(noon) };
  const compiled = compileSpec(scheduleSpec.parse({ cron: [cron], timezone, ...(dst === undefined ? {} : { dst }) }));
  return fireTimesBetween(compiled, window).fireTimes.map((time) => time.slice(11, 16));
}

describe('gap', () => {
  test.each<[string, string, string, object | undefined, string[]]>([
    ['2026-03-29', '30 2 * * *', berlin, undefined, []],
    ['2026-03-29', '30 2 * * *', berlin, { gap: 'skip' }, []],
    ['2026-03-29', '30 2 * * *', berlin, { gap: 'shift' }, ['01:30']],
    ['2026-03-29', '0,30 2,3 * * *', berlin, { gap: 'shift' }, ['01:00', '01:30']],
    ['2099-03-29', '30 2 * * *', berlin, { gap: 'shift' }, ['01:30']],
    ['2026-03-08', '30 2 * * *', newYork, { gap: 'shift' }, ['07:30']],
    // The server moves 02:15 to 02:45 by itself, because both are in hour 2.
    ['2026-10-04', '15 2 * * *', 'Australia/Lord_Howe', undefined, ['15:45']],
    ['2026-10-04', '15 2 * * *', 'Australia/Lord_Howe', { gap: 'skip' }, []],
    // Midnight does not exist, and the server takes the Sunday for a Saturday.
    ['2026-03-08', '0 5 * * sun', 'America/Havana', undefined, []],
    ['2026-03-08', '0 5 * * sun', 'America/Havana', { gap: 'skip' }, ['09:00']],
    ['2026-03-08', '0 0 * * *', 'America/Havana', { gap: 'shift' }, ['05:00']],
  ])('%s %j in %s with %j', (day, cron, timezone, dst, times) => {
    expect(around(day, cron, timezone, dst)).toEqual(times);
  });
});

describe('fold', () => {
  test.each<[string, string, string, object | undefined, string[]]>([
    ['2026-10-25', '30 2 * * *', berlin, undefined, ['01:30']],
    ['2026-10-25', '30 2 * * *', berlin, { fold: 'first' }, ['00:30']],
    ['2026-10-25', '30 2 * * *', berlin, { fold: 'both' }, ['00:30', '01:30']],
    ['2026-10-25', '30 1 * * *', berlin, undefined, ['23:30', '00:30']],
    ['2026-10-25', '30 1 * * *', berlin, { fold: 'first' }, ['23:30']],
    ['2026-10-25', '30 1 * * *', berlin, { fold: 'both' }, ['23:30']],
    ['2026-11-01', '30 1 * * *', newYork, undefined, ['05:30', '06:30']],
    ['2026-11-01', '30 1 * * *', newYork, { fold: 'first' }, ['05:30']],
    ['2026-11-01', '30 1 * * *', newYork, { fold: 'both' }, ['05:30', '06:30']],
    ['2026-10-25', '0,30 1-3 * * *', berlin, { fold: 'first' }, ['23:00', '23:30', '00:00', '00:30', '02:00', '02:30']],
  ])('%s %j in %s with %j', (day, cron, timezone, dst, times) => {
    expect(around(day, cron, timezone, dst)).toEqual(times);
  });

  test('an interval that stands for one instant fires at it and never again', () => {
    const compiled = compileSpec(
      scheduleSpec.parse({ cron: ['30 2 24-31 10 0'], timezone: berlin, dst: { fold: 'both' } }),
    );
    const { fireTimes } = fireTimesBetween(compiled, {
      start: new Date('2020-01-01T00:00:00Z'),
      end: new Date('2100-12-31T00:00:00Z'),
    });
    // Both copies in each October from 2020 to 2100, and the Sunday before where the 24th is one.
    const sundaysBefore = fireTimes.filter((time) => time.slice(8, 10) === '24');
    expect(fireTimes).toHaveLength(2 * 81 + sundaysBefore.length);
    expect(sundaysBefore.every((time) => time.endsWith('T00:30:00.000Z'))).toBe(true);
  });
});

test('intervals, jitter, bounds and zones whose clocks stand still are as without a policy', () => {
  for (const spec of [
    { intervals: [{ every: '1h' }], timezone: berlin },
    { cron: ['30 2 * * *'], timezone: 'Asia/Tokyo' },
    { cron: ['30 2 * * *'], timezone: berlin, startAt: '2026-04-01T00:00:00Z', endAt: '2026-09-01T00:00:00Z' },
    { cron: ['0 12 * * *'], timezone: berlin, jitter: '5m' },
  ]) {
    const plain = compileSpec(scheduleSpec.parse(spec));
    expect(compileSpec(scheduleSpec.parse({ ...spec, dst: { gap: 'shift', fold: 'first' } }))).toEqual(plain);
  }
});

test('what is skipped stays skipped: the time at which it would fire decides', () => {
  const spec = { timezone: berlin, dst: { gap: 'shift' }, cron: ['30 2 * * *'] };
  const fires = (skip: object) =>
    fireTimesBetween(compileSpec(scheduleSpec.parse({ ...spec, skip: [skip] })), {
      start: new Date('2026-03-29T00:00:00Z'),
      end: new Date('2026-03-29T12:00:00Z'),
    }).fireTimes.length;
  expect([fires({ hour: '2' }), fires({ hour: '3' }), fires({ month: '3' })]).toEqual([1, 0, 0]);
});

test('more single times than a schedule should hold are refused, with the way out', () => {
  const spec = { cron: ['* * * * *'], timezone: berlin, dst: { fold: 'first' } };
  expect(tryCompileSpec(scheduleSpec.parse(spec)).faults).toMatchObject([
    { path: 'dst', message: expect.stringContaining('set endAt') },
  ]);
  expect(
    tryCompileSpec(scheduleSpec.parse({ ...spec, endAt: '2027-01-01T00:00:00Z', startAt: '2026-01-01T00:00:00Z' }))
      .faults,
  ).toEqual([]);
});

/** The policy in its plainest form: each local minute by itself, without calendars, walks or intervals. */
function plainTimes(
  calendars: CompiledCalendar[],
  timezone: string,
  { gap, fold }: { gap: string; fold: string },
  [start, end]: [number, number],
): string[] {
  const zone = zoneOf(timezone);
  const holds = (ranges: Range[], value: number) =>
    ranges.some((range) => value >= range.start && value <= range.end && (value - range.start) % range.step === 0);
  const matches = (calendar: CompiledCalendar, wall: Date) =>
    holds(calendar.minute, wall.getUTCMinutes()) &&
    holds(calendar.hour, wall.getUTCHours()) &&
    holds(calendar.dayOfMonth, wall.getUTCDate()) &&
    holds(calendar.month, wall.getUTCMonth() + 1) &&
    holds(calendar.dayOfWeek, wall.getUTCDay());
  const times = new Set<number>();
  for (let wall = start - 86_400; wall <= end + 86_400; wall += 60) {
    if (!calendars.some((calendar) => matches(calendar, new Date(wall * 1000)))) continue;
    const offsets = new Set([-86_400, 86_400].map((shift) => zone.segmentAt(wall + shift).offset));
    const copies = [...offsets]
      .map((offset) => wall - offset)
      .filter((time) => zone.segmentAt(time).offset === wall - time);
    copies.sort((a, b) => a - b);
    if (copies.length === 0 && gap === 'shift') times.add(wall - zone.segmentAt(wall - 86_400).offset);
    for (const copy of fold === 'first' ? copies.slice(0, 1) : copies) times.add(copy);
  }
  return [...times]
    .filter((time) => time > start && time <= end)
    .sort((a, b) => a - b)
    .map((time) => new Date(time * 1000).toISOString());
}

test('random crons over changes of the clock fire as the policy says, minute by minute', () => {
  const random = seededRandom(11);
  const choose = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const zones = [
    ...[berlin, newYork, 'Africa/Casablanca', 'Africa/Cairo', 'America/Havana', 'America/Santiago', 'America/St_Johns'],
    ...['Antarctica/Troll', 'Asia/Beirut', 'Asia/Gaza', 'Australia/Lord_Howe', 'Europe/Dublin', 'Pacific/Chatham'],
  ];
  let tried = 0;
  while (tried < 150) {
    const timezone = choose(zones);
    const from = Date.UTC(2020 + Math.floor(random() * 40), 0) / 1000;
    // Cairo kept its clocks still until 2023.
    const changes = [...clockChanges(zoneOf(timezone), from, from + 5 * 366 * 86_400)];
    // Which zones still change their clocks depends on the time zone data of this Node.
    if (changes.length === 0) continue;
    tried += 1;
    const change = choose(changes);
    const minutes = ['0', '30', '15,45', '*/20', '59', '7'];
    const hours = ['*', '0', '1', '2', '3', '23', '1-3', '*/2', '0,12'];
    const texts = [
      choose(minutes),
      choose(hours),
      choose(['*', '*', '25-31', '1-8']),
      '*',
      choose(['*', '*', '0', '6', '1-5']),
    ];
    const crons = [texts.join(' '), ...(random() < 0.3 ? [`${choose(minutes)} ${choose(hours)} * * *`] : [])];
    const policy = { gap: choose(['skip', 'shift'] as const), fold: choose(['first', 'both'] as const) };
    const { base } = tryCompileSpec(scheduleSpec.parse({ cron: crons, timezone }));
    const near = [change.at - 2 * 86_400, change.at + 2 * 86_400] as [number, number];
    const { compiled } = applyDst(
      { ...base, startAt: (near[0] - 86_400) * 1000, endAt: (near[1] + 86_400) * 1000 },
      policy,
    );
    const ours = fireTimesBetween(compiled, {
      start: new Date(near[0] * 1000),
      end: new Date(near[1] * 1000),
    }).fireTimes;
    const label = JSON.stringify({ crons, timezone, policy, at: new Date(change.at * 1000) });
    expect([label, ...ours]).toEqual([label, ...plainTimes(base.calendars, timezone, policy, near)]);
  }
});
