import { describe, expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { compileSpec, tryCompileSpec } from '../../../src/domain/spec/compile-spec.js';
import { specFromCompiled } from '../../../src/domain/spec/spec-from-compiled.js';
import { randomCase, seededRandom } from './random-spec.js';

const textOf = (spec: unknown) => specFromCompiled(compileSpec(scheduleSpec.parse(spec)));

describe('specFromCompiled', () => {
  test.each([
    [
      { cron: ['30 2 * * 1-5 # nights'] },
      { calendars: [{ minute: '30', hour: '2', dayOfWeek: '1-5', comment: 'nights' }] },
    ],
    [
      { cron: ['*/15 9-17/2 1,15 jan-mar *'] },
      { calendars: [{ minute: '0-59/15', hour: '9-17/2', dayOfMonth: '1,15', month: '1-3' }] },
    ],
    [{ cron: ['* * * * * 2030'] }, { calendars: [{ minute: '*', hour: '*', year: '2030' }] }],
    [{ cron: ['0 0 * * 7'] }, { calendars: [{ dayOfWeek: '0' }] }],
    [{ calendars: [{}] }, { calendars: [{}] }],
    [
      { calendars: [{ year: '2000-2100', second: '*', dayOfWeek: '0-7' }] },
      { calendars: [{ second: '*', year: '2000-2100' }] },
    ],
    [{ cron: ['@every 90m/15m'] }, { intervals: [{ every: '1h30m', offset: '15m' }] }],
    [{ intervals: [{ every: '7d' }] }, { intervals: [{ every: '7d' }] }],
  ])('%j becomes %j', (spec, expected) => {
    expect(textOf(spec)).toEqual({ timezone: 'UTC', ...expected });
  });

  test('skips: what is left out is any, and days at the end become dates', () => {
    const spec = {
      cron: ['@daily'],
      skip: [
        { month: '12', dayOfMonth: '25' },
        { second: '0', minute: '0', hour: '0' },
      ],
      skipDates: ['2026-12-26', { date: '2027-01-01', comment: 'New Year' }],
    };
    const { skip, skipDates } = textOf(spec);
    expect({ skip, skipDates }).toEqual({
      skip: [{ dayOfMonth: '25', month: '12' }, spec.skip[1]],
      skipDates: spec.skipDates,
    });
  });

  test('a day that is skipped twice, and one that no year has, stay calendars', () => {
    const day = { year: '2026', month: '12', dayOfMonth: '24' };
    const { skip, skipDates } = textOf({
      cron: ['@daily'],
      skip: [day, day],
    });
    expect({ skip, skipDates }).toEqual({
      skip: [{ dayOfMonth: '24', month: '12', year: '2026' }],
      skipDates: ['2026-12-24'],
    });
    const never = { year: '2027', month: '2', dayOfMonth: '30' };
    expect(textOf({ cron: ['@daily'], skip: [never] })).toMatchObject({
      skip: [{ dayOfMonth: '30', month: '2', year: '2027' }],
    });
  });

  test('bounds, jitter and timezone', () => {
    const spec = {
      calendars: [{ hour: '3' }],
      timezone: 'Australia/Lord_Howe',
      jitter: '90s',
      startAt: '2026-01-01T00:00:00+01:00',
      endAt: '2027-01-01T00:00:00Z',
    };
    expect(textOf(spec)).toEqual({
      ...spec,
      jitter: '1m30s',
      startAt: '2025-12-31T23:00:00.000Z',
      endAt: '2027-01-01T00:00:00.000Z',
    });
  });

  test('compiled again, 2,000 random specs are what they were', () => {
    const random = seededRandom(7);
    let valid = 0;
    for (let made = 0; made < 2_000; made += 1) {
      const { compiled, faults } = tryCompileSpec(randomCase(random).spec);
      if (faults.length > 0) continue;
      valid += 1;
      expect(compileSpec(scheduleSpec.parse(specFromCompiled(compiled)))).toEqual(compiled);
    }
    expect(valid).toBeGreaterThan(1_000);
  }, 60_000);
});
