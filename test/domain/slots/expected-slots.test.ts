import { describe, expect, it } from 'vitest';
import { expectedSlots, withDueTimes } from '../../../src/domain/slots/expected-slots.js';
import { era, iso, minute, rules } from './slot-world.js';

const window = (from: number, to: number, limit = 1_000) => ({ start: minute(from), end: minute(to), limit });
const minutes = (slots: readonly { time: number }[]) => slots.map(({ time }) => (time - minute(0)) / 60_000);

describe('expectedSlots', () => {
  it('is exclusive of the start and inclusive of the end', () => {
    const { slots, truncated } = expectedSlots([era(-60)], minute(-60), window(0, 30));
    expect(minutes(slots)).toEqual([10, 20, 30]);
    expect(truncated).toBe(false);
  });

  it('says when there are more', () => {
    expect(expectedSlots([era(-60)], minute(-60), window(0, 30, 3)).truncated).toBe(false);
    const { slots, truncated } = expectedSlots([era(-60)], minute(-60), window(0, 30, 2));
    expect({ minutes: minutes(slots), truncated }).toEqual({ minutes: [10, 20], truncated: true });
  });

  it('has what skips take out, with the skip that does', () => {
    const skipping = rules({}, { skip: [{ hour: '12', minute: '20', comment: 'lunch' }], timezone: 'UTC' });
    const { slots } = expectedSlots([era(-60, skipping)], minute(-60), window(0, 30));
    expect(slots.map(({ skip }) => skip)).toEqual([
      undefined,
      { path: 'skip[0]', comment: 'lunch', date: '2026-11-20' },
      undefined,
    ]);
  });

  it('does not have what only mends the times that dst adds', () => {
    const mended = rules({ skips: 0 }, { skip: [{ hour: '12', minute: '20' }] });
    expect(minutes(expectedSlots([era(-60, mended)], minute(-60), window(0, 30)).slots)).toEqual([10, 30]);
  });

  it('names the date on the clocks of the schedule', () => {
    const auckland = rules({}, { skipDates: ['2026-11-21'], timezone: 'Pacific/Auckland' });
    const [slot] = expectedSlots([era(-60, auckland)], minute(-60), window(0, 10)).slots;
    // 12:10 UTC is 01:10 of the next day there.
    expect(slot?.skip?.date).toBe('2026-11-21');
  });

  it('goes from the rules of one era to those of the next', () => {
    const hourly = rules({}, { intervals: [{ every: '15m' }] });
    const { slots } = expectedSlots([era(-60), era(25, hourly)], minute(-60), window(0, 60));
    expect(minutes(slots)).toEqual([10, 20, 30, 45, 60]);
  });

  it('marks the time before the first era that is known, but not the time before the creation', () => {
    const { slots } = expectedSlots([era(25)], minute(15), window(0, 30));
    expect(slots.map(({ rulesKnown }) => rulesKnown)).toEqual([true, false, true]);
  });

  it('ends where the zone goes round in a circle', () => {
    const apia = rules({}, { intervals: undefined, cron: ['0 12 * * *'], timezone: 'Pacific/Apia' });
    const lost = { start: Date.parse('2011-12-28T00:00:00Z'), end: Date.parse('2012-01-05T00:00:00Z'), limit: 100 };
    const { slots } = expectedSlots([{ from: 0, rules: apia }], 0, lost);
    expect(slots.length).toBeLessThan(10);
  });
});

describe('withDueTimes', () => {
  const jittered = expectedSlots([era(-60, rules({}, { jitter: '5m' }))], minute(-60), window(0, 30)).slots;

  it('gives each slot the instant that lies between it and the next', () => {
    const due = withDueTimes(jittered, [minute(12), minute(20), minute(34)]);
    expect(due.map((slot) => new Date(slot.due).toISOString())).toEqual([iso(12), iso(20), iso(34)]);
    expect(due.map(({ slack }) => slack)).toEqual([0, 0, 0]);
  });

  it('leaves a slot without one as it is', () => {
    const due = withDueTimes(jittered, [minute(12), minute(31)]);
    expect(due.map(({ slack }) => slack)).toEqual([0, 300_000, 0]);
    expect(due[1]?.due).toBe(minute(20));
  });
});
