import { describe, expect, test } from 'vitest';
import { checkRange, slotsBetween } from '../../../src/domain/backfill/range.js';
import { isWanted, slotBefore, slotWorkflowId } from '../../../src/domain/backfill/slot.js';
import { AlmanacError } from '../../../src/domain/errors.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';

const now = new Date('2026-11-20T12:00:00Z');
const range = (start: string, end: string) => ({ start: new Date(start), end: new Date(end) });
const hourly = compileSpec({ cron: ['0 * * * *'] });

function refusal(act: () => unknown): AlmanacError {
  try {
    act();
  } catch (error) {
    if (error instanceof AlmanacError) return error;
  }
  return expect.fail('it should have been refused');
}

describe('the range of a backfill', () => {
  test.each([
    ['end before start', '2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z', 'end', 'must not be before start'],
    ['an end in the future', '2026-11-02T00:00:00Z', '2026-11-21T00:00:00Z', 'end', 'is in the future'],
    ['a start in the future', '2026-12-02T00:00:00Z', '2026-12-21T00:00:00Z', 'start', 'is in the future'],
    ['a century', '1926-11-02T00:00:00Z', '2026-11-01T00:00:00Z', 'start', 'more than ten years'],
  ])('refuses %s', (_, start, end, path, message) => {
    const error = refusal(() => checkRange(range(start, end), now));
    expect(error).toMatchObject({ code: 'invalid-input', details: [{ path }] });
    expect(error.message).toContain(message);
  });

  test('takes one instant, and an end that another clock calls now', () => {
    const instant = range('2026-11-20T11:00:00Z', '2026-11-20T11:00:00Z');
    expect(checkRange(instant, now)).toEqual(instant);
    expect(checkRange(range('2026-11-20T11:00:00Z', '2026-11-20T12:00:30Z'), now).end).toEqual(now);
  });
});

describe('the slots of a range', () => {
  const times = (slots: number[]) => slots.map((slot) => new Date(slot * 1000).toISOString().slice(11, 19));

  test('both ends are slots', () => {
    const slots = slotsBetween(hourly, range('2026-03-10T05:00:00Z', '2026-03-10T08:00:00Z'), 10);
    expect(times(slots)).toEqual(['05:00:00', '06:00:00', '07:00:00', '08:00:00']);
    expect(slotsBetween(hourly, range('2026-03-10T05:00:00Z', '2026-03-10T05:00:00Z'), 1)).toHaveLength(1);
    expect(slotsBetween(hourly, range('2026-03-10T05:00:00.001Z', '2026-03-10T05:59:59.999Z'), 1)).toEqual([]);
  });

  test('names count and cap when there are too many', () => {
    const everyMinute = compileSpec({ cron: ['* * * * *'] });
    const end = new Date(Date.parse('2026-01-01T00:00:00Z') + 99_999 * 60_000);
    const error = refusal(() => slotsBetween(everyMinute, { start: new Date('2026-01-01T00:00:00Z'), end }, 10_000));
    expect(error).toMatchObject({ code: 'over-cap', status: 422, details: [{ value: 100_000 }] });
    expect(error.message).toContain('has 100,000 slots and one backfill may have 10,000');
    expect(error.message).toContain('ALMANAC_BACKFILL_MAX');
  });

  test('is computed in bounded time', () => {
    const everySecond = compileSpec({ cron: ['* * * * * * *'], timezone: 'Europe/Berlin' });
    const begun = performance.now();
    const error = refusal(() =>
      slotsBetween(everySecond, range('2016-11-20T00:00:00Z', '2026-11-20T00:00:00Z'), 10_000),
    );
    expect(error.message).toContain('more than 250,000 slots');
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('a slot', () => {
  test('has the workflow id that the server gives its run', () => {
    expect(slotWorkflowId('nightly', Date.parse('2026-11-20T02:00:00Z') / 1000)).toBe('nightly-2026-11-20T02:00:00Z');
  });

  test.each([
    [undefined, { missing: true, failed: false, all: true }],
    ['completed', { missing: false, failed: false, all: true }],
    ['failed', { missing: false, failed: true, all: true }],
    ['timedOut', { missing: false, failed: true, all: true }],
    ['terminated', { missing: false, failed: true, all: true }],
    ['canceled', { missing: false, failed: true, all: true }],
    ['running', { missing: false, failed: false, all: false }],
  ] as const)('whose latest run is %s is run by %j', (status, wanted) => {
    const before = slotBefore(status);
    expect({
      missing: isWanted('missing', before),
      failed: isWanted('failed', before),
      all: isWanted('all', before),
    }).toEqual(wanted);
  });
});
