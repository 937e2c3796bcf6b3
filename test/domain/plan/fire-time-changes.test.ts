import { describe, expect, it } from 'vitest';
import type { ScheduleSpec } from '../../../src/domain/definition/spec.js';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { compareFireTimes } from '../../../src/domain/plan/compare-fire-times.js';
import { foreseeOverlaps } from '../../../src/domain/plan/foresee-overlaps.js';
import { markDays } from '../../../src/domain/plan/mark-days.js';
import { compileSpec, tryCompileSpec } from '../../../src/domain/spec/compile-spec.js';

const compiled = (spec: unknown) => compileSpec(scheduleSpec.parse(spec) satisfies ScheduleSpec);
const horizon = (start: string, end: string, steps = 1_000, shown = 50) => ({
  start: new Date(start),
  end: new Date(end),
  steps,
  shown,
});
const week = horizon('2026-11-02T00:00:00Z', '2026-11-09T00:00:00Z');

describe('compareFireTimes', () => {
  it('gives what one has and the other has not, the start exclusive and the end inclusive', () => {
    const before = compiled({ cron: ['0 0 * * 1'] });
    const after = compiled({ cron: ['0 0 * * 1,3'] });
    expect(compareFireTimes(before, after, week)).toEqual({ gained: ['2026-11-04T00:00:00.000Z'], lost: [] });
    expect(compareFireTimes(after, before, week)).toEqual({ gained: [], lost: ['2026-11-04T00:00:00.000Z'] });
    expect(compareFireTimes(undefined, before, week)).toEqual({ gained: ['2026-11-09T00:00:00.000Z'], lost: [] });
    expect(compareFireTimes(before, undefined, week)).toEqual({ gained: [], lost: ['2026-11-09T00:00:00.000Z'] });
  });

  it('sees no change in another way of saying the same, nor in comments and jitter', () => {
    const before = compiled({ cron: ['0 9 * * *'], timezone: 'UTC' });
    const after = compiled({ calendars: [{ hour: '9', comment: 'office' }], jitter: '30s' });
    expect(compareFireTimes(before, after, week)).toEqual({ gained: [], lost: [] });
  });

  it('shows so many and counts the rest', () => {
    const hourly = compiled({ cron: ['0 * * * *'] });
    const changes = compareFireTimes(undefined, hourly, { ...week, shown: 10 });
    expect(changes.gained).toHaveLength(10);
    expect(changes).toMatchObject({ lost: [], moreGained: 7 * 24 - 10 });
    expect(changes.until).toBeUndefined();
  });

  it('says up to where it compared what fires too often', () => {
    const everySecond = compiled({ intervals: [{ every: '1s' }] });
    const changes = compareFireTimes(undefined, everySecond, { ...week, steps: 100, shown: 10 });
    expect(changes).toMatchObject({ moreGained: 90, until: '2026-11-02T00:01:40.000Z' });
  });
});

describe('markDays', () => {
  const year = horizon('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z');
  it.each<[string, unknown, [string, string, number, string][]]>([
    [
      'a time that does not exist and one that comes twice',
      { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
      [
        [
          '2026-03-29',
          'dst-gap',
          1,
          'clocks go from 02:00 to 03:00 (Europe/Berlin): 02:30 does not exist and does not fire',
        ],
        [
          '2026-10-25',
          'dst-fold',
          1,
          'clocks go from 03:00 to 02:00 (Europe/Berlin): 02:30 comes twice and fires the second time',
        ],
      ],
    ],
    [
      'what is frequent fires now in the one hour, now in the other, as the server has it',
      { cron: ['*/20 1-3 * 10 *'], timezone: 'Europe/Berlin' },
      [
        [
          '2026-10-25',
          'dst-fold',
          3,
          'clocks go from 03:00 to 02:00 (Europe/Berlin): 02:00 comes twice and fires the first time; 02:20 comes twice and fires the second time; 02:40 comes twice and does not fire',
        ],
      ],
    ],
    [
      'both times where the server fires both',
      { cron: ['30 1 1-7 11 *'], timezone: 'America/New_York' },
      [
        [
          '2026-11-01',
          'dst-fold',
          1,
          'clocks go from 02:00 to 01:00 (America/New_York): 01:30 comes twice and fires twice',
        ],
      ],
    ],
    [
      'what a policy makes of them',
      { cron: ['30 2 * * *'], timezone: 'Europe/Berlin', dst: { gap: 'shift', fold: 'first' } },
      [
        [
          '2026-03-29',
          'dst-gap',
          1,
          'clocks go from 02:00 to 03:00 (Europe/Berlin): 02:30 does not exist and fires later by as much',
        ],
        [
          '2026-10-25',
          'dst-fold',
          1,
          'clocks go from 03:00 to 02:00 (Europe/Berlin): 02:30 comes twice and fires the first time',
        ],
      ],
    ],
    ['nothing at other hours', { cron: ['30 4 * * *'], timezone: 'Europe/Berlin' }, []],
    ['nothing where clocks never change', { cron: ['30 2 * * *'], timezone: 'Asia/Tokyo' }, []],
    ['nothing of intervals, which know no timezone', { intervals: [{ every: '30m' }], timezone: 'Europe/Berlin' }, []],
    [
      'half an hour of Lord Howe',
      { cron: ['15 2 * * *'], timezone: 'Australia/Lord_Howe' },
      [
        [
          '2026-10-04',
          'dst-gap',
          1,
          'clocks go from 02:00 to 02:30 (Australia/Lord_Howe): 02:15 does not exist and fires later by as much',
        ],
      ],
    ],
    [
      'holidays with their names, by the local date',
      {
        cron: ['0 0 * * *', '0 12 * * *'],
        timezone: 'Europe/Berlin',
        skipDates: [{ date: '2026-12-25', comment: 'Christmas' }, '2026-05-01'],
        skip: [{ hour: '13' }],
      },
      [
        ['2026-05-01', 'skipped', 2, 'skipped: 2 fire times'],
        ['2026-12-25', 'skipped', 2, 'skipped (Christmas): 2 fire times'],
      ],
    ],
  ])('%s', (_, spec, expected) => {
    const marks = expected.map(([date, kind, count, text]) => ({ date, kind, count, text }));
    expect(markDays(compiled(spec), year, tryCompileSpec(scheduleSpec.parse(spec)).base)).toEqual(marks);
  });
});

describe('foreseeOverlaps', () => {
  const minute = 60_000;
  const everyTenMinutes = Array.from({ length: 60 }, (_, index) => index * 10 * minute);
  const long = { durations: [14, 14, 14, 14].map((length) => length * minute) };
  it.each([
    ['skip', 'skip will drop about 5 in 10 fire times: the last 4 runs took 14m (median) and it fires every 10m'],
    [
      'allowAll',
      'allowAll will have up to 2 runs at the same time: the last 4 runs took 14m (median) and it fires every 10m',
    ],
    ['cancelOther', /^cancelOther will cancel about 9 in 10 runs before they end/],
    ['terminateOther', /^terminateOther will end about 9 in 10 runs in the middle/],
    ['bufferOne', /^bufferOne will drop about 3 in 10 fire times/],
    ['bufferAll', /^bufferAll will start about 9 in 10 runs late, by up to 3h56m/],
  ] as const)('%s', (overlap, expected) => {
    expect(foreseeOverlaps(everyTenMinutes, overlap, long)).toMatch(expected);
  });

  it('tells a share of runs of changing length, and nothing of runs that end in time or are too few', () => {
    const mixed = { durations: [1, 1, 1, 1, 12].map((length) => length * minute) };
    expect(foreseeOverlaps(everyTenMinutes, 'skip', mixed)).toMatch(/about 2 in 10/);
    expect(foreseeOverlaps(everyTenMinutes, 'skip', { durations: [minute, minute, minute] })).toBeUndefined();
    expect(foreseeOverlaps(everyTenMinutes, 'skip', { durations: [14 * minute, 14 * minute] })).toBeUndefined();
  });
});
