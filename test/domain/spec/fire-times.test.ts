import { describe, expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { AlmanacError } from '../../../src/domain/errors.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { fireTimesBetween, iterateFireTimes, skippedInARow } from '../../../src/domain/spec/fire-times.js';
import { hardCases } from './hard-cases.js';

const compile = (spec: Record<string, unknown>) => compileSpec(scheduleSpec.parse(spec));
const window = (start: string, end: string) => ({ start: new Date(start), end: new Date(end) });

describe('hard hours: as the server answers', () => {
  for (const { name, spec, start, end } of hardCases) {
    test(name, () => {
      const { fireTimes } = fireTimesBetween(compile(spec), window(start, end));
      expect(fireTimes.map((time) => time.replace(':00.000Z', 'Z'))).toMatchSnapshot();
    });
  }
});

describe('windows', () => {
  const hourly = compile({ cron: ['0 * * * *'] });

  test('exclude their start and include their end', () => {
    expect(fireTimesBetween(hourly, window('2026-11-20T01:00:00Z', '2026-11-20T03:00:00Z'))).toEqual({
      fireTimes: ['2026-11-20T02:00:00.000Z', '2026-11-20T03:00:00.000Z'],
      truncated: false,
    });
  });

  test('are truncated only when there is more', () => {
    const two = { ...window('2026-11-20T01:00:00Z', '2026-11-20T03:00:00Z'), limit: 2 };
    expect(fireTimesBetween(hourly, two).truncated).toBe(false);
    expect(fireTimesBetween(hourly, { ...two, limit: 1 })).toEqual({
      fireTimes: ['2026-11-20T02:00:00.000Z'],
      truncated: true,
    });
  });

  test('that end before they start are empty', () => {
    expect(fireTimesBetween(hourly, window('2026-11-20T03:00:00Z', '2026-11-20T01:00:00Z'))).toEqual({
      fireTimes: [],
      truncated: false,
    });
  });
});

describe('specs that never fire end in bounded time', () => {
  const seconds = (work: () => void) => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1000;
  };

  test.each([
    ['30 February', { cron: ['0 0 30 2 *'] }],
    ['a past year', { cron: ['0 0 1 1 * 2001'] }],
    ['every day skipped', { cron: ['0 * * * *'], skip: [{}], timezone: 'Europe/Berlin' }],
  ])('%s', (_, spec) => {
    const compiled = compile(spec);
    let fired: boolean | undefined;
    const elapsed = seconds(() => {
      fired = !iterateFireTimes(compiled, new Date('2026-11-20T00:00:00Z')).next().done;
    });
    expect(fired).toBe(false);
    expect(elapsed).toBeLessThan(3);
  });

  test.each([
    ['halves of minutes', { cron: ['* * * * * * *'], skip: [{ second: '0-29' }, { second: '30-59' }] }],
    ['halves of days', { intervals: [{ every: '30m' }], skip: [{ hour: '0-11' }, { hour: '12-23' }] }],
  ])('skips that cover all between them are given up with a clear error: %s', (_, spec) => {
    const first = () => iterateFireTimes(compile(spec), new Date('2026-11-20T00:00:00Z')).next();
    expect(first).toThrow(AlmanacError);
    expect(first).toThrow(/skip and skipDates leave no time after 2026-11-20T00:00:00.000Z \(UTC\)/);
  });
});

test('what the server has to step over is counted one by one', () => {
  const compiled = compile({ cron: ['0 * * * *'], skip: [{ month: '12' }] });
  expect(skippedInARow(compiled, new Date('2026-11-20T00:00:00Z'), 1000)).toBe(0);
  expect(skippedInARow(compiled, new Date('2026-11-30T23:00:00Z'), 1000)).toBe(31 * 24);
  expect(skippedInARow(compiled, new Date('2026-11-30T23:00:00Z'), 100)).toBe(100);
});

test('a rare calendar beside a frequent one gives the union', () => {
  const both = compile({ cron: ['*/30 * * * *', '15 2 13 * 5'], timezone: 'America/New_York' });
  const alone = (cron: string) => compile({ cron: [cron], timezone: 'America/New_York' });
  const over = { ...window('2026-10-25T00:00:00Z', '2026-11-20T00:00:00Z'), limit: 10_000 };
  const union = ['*/30 * * * *', '15 2 13 * 5'].flatMap((cron) => fireTimesBetween(alone(cron), over).fireTimes).sort();
  expect(fireTimesBetween(both, over).fireTimes).toEqual(union);
  expect(union).toContain('2026-11-13T07:15:00.000Z');
});
