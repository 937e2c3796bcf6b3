import { expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { calendarsOfSpan, spanOf } from '../../../src/domain/spec/date-span.js';
import { fireTimesBetween } from '../../../src/domain/spec/fire-times.js';

test.each([
  ['2027-02-03', '2027-02-03', [{ year: '2027', month: '2', dayOfMonth: '3' }]],
  ['2027-02-01', '2027-02-28', [{ year: '2027', month: '2' }]],
  ['2028-02-01', '2028-02-28', [{ year: '2028', month: '2', dayOfMonth: '1-28' }]],
  [
    '2026-12-24',
    '2027-01-06',
    [
      { year: '2026', month: '12', dayOfMonth: '24-31' },
      { year: '2027', month: '1', dayOfMonth: '1-6' },
    ],
  ],
  [
    '2026-11-30',
    '2028-01-01',
    [
      { year: '2026', month: '11', dayOfMonth: '30' },
      { year: '2026', month: '12' },
      { year: '2027', month: '1-12' },
      { year: '2028', month: '1', dayOfMonth: '1' },
    ],
  ],
])('from %s to %s', (from, to, calendars) => {
  expect(calendarsOfSpan(spanOf({ from, to }))).toEqual(calendars);
  expect(calendarsOfSpan({ from, to, comment: 'freeze' })).toEqual(
    calendars.map((calendar) => ({ ...calendar, comment: 'freeze' })),
  );
});

test('a stretch is days of the schedule’s own timezone, both ends included', () => {
  const fires = (timezone: string) =>
    fireTimesBetween(
      compileSpec(
        scheduleSpec.parse({ cron: ['0 12 * * *'], timezone, skipDates: [{ from: '2026-12-30', to: '2027-01-02' }] }),
      ),
      { start: new Date('2026-12-29T00:00:00Z'), end: new Date('2027-01-04T00:00:00Z') },
    ).fireTimes;
  expect(fires('Pacific/Kiritimati')).toEqual(['2027-01-02T22:00:00.000Z', '2027-01-03T22:00:00.000Z']);
  expect(fires('Pacific/Pago_Pago')).toEqual(['2026-12-29T23:00:00.000Z', '2027-01-03T23:00:00.000Z']);
});
