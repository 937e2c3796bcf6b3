import { describe, expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { formatDetail } from '../../../src/domain/errors.js';
import { checkSpec } from '../../../src/domain/spec/check-spec.js';

const now = new Date('2026-11-20T00:00:00Z');

function report(spec: Record<string, unknown>): string[] {
  const { errors, warnings } = checkSpec(scheduleSpec.parse(spec), now);
  return [
    ...errors.map((detail) => `error ${formatDetail(detail)}`),
    ...warnings.map((detail) => `warning ${formatDetail(detail)}`),
  ];
}

test.each<Record<string, unknown>>([
  { cron: ['0 2 * * 1-5', '@daily', '@every 6h/15m'], timezone: 'Europe/Berlin' },
  { cron: ['0 9 * * mon # week'], skip: [{ month: '12' }], skipDates: ['2026-11-23'] },
  { cron: ['0 9 1 1 * 2027'] },
  { calendars: [{ hour: '9-17/2', dayOfWeek: 'mon-fri' }], skipDates: 'holidays.json' },
  { intervals: [{ every: '1d' }] },
  { intervals: [{ every: '1d' }], timezone: 'Asia/Tokyo' },
  { intervals: [{ every: '5h' }], timezone: 'Europe/Berlin' },
])('nothing to say about %j', (spec) => {
  expect(report(spec)).toEqual([]);
});

describe('errors', () => {
  test('every fault at once, each with its path', () => {
    const spec = {
      cron: ['61 * * * *', '* * *', '0 0 * * *'],
      calendars: [{ hour: '9' }, { hour: '25', month: 'foo' }],
      skip: [{ dayOfWeek: '9' }],
      skipDates: ['2026-12-25', '1999-12-25'],
    };
    const { errors } = checkSpec(scheduleSpec.parse(spec), now);
    expect(errors.map(({ path, value }) => [path, value])).toEqual([
      ['calendars[1].hour', '25'],
      ['calendars[1].month', 'foo'],
      ['cron[0]', '61 * * * *'],
      ['cron[1]', '* * *'],
      ['skip[0].dayOfWeek', '9'],
      ['skipDates[1].year', '1999'],
    ]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ cron: ['0 0 30 2 *'] }, 'error cron[0] never fires: February has no day 30 (found "0 0 30 2 *")'],
    [
      { calendars: [{ dayOfMonth: '31', month: 'apr,jun' }] },
      'error calendars[0] never fires: April and June have no day 31 (found {"dayOfMonth":"31","month":"apr,jun"})',
    ],
    [
      { cron: ['0 0 29 2 * 2027'] },
      'error cron[0] never fires: no date until 2100 has this year, month, dayOfMonth and dayOfWeek (found "0 0 29 2 * 2027")',
    ],
    [{ cron: ['0 0 * * *'], skip: [{}] }, 'error never fires: skip and skipDates cover every fire time'],
    [
      { cron: ['0 * * * *'], skip: [{ hour: '0-11' }, { hour: '12-23' }], timezone: 'Europe/Berlin' },
      'error never fires: skip and skipDates cover every fire time',
    ],
    [
      { cron: ['0 0 1 1 *'], startAt: '2026-02-01T00:00:00Z', endAt: '2026-05-01T00:00:00Z' },
      'error never fires: nothing matches from startAt (2026-02-01T00:00:00.000Z) until endAt (2026-05-01T00:00:00.000Z)',
    ],
    [
      {
        cron: ['0 0 1 6 *'],
        startAt: '2026-05-01T00:00:00Z',
        endAt: '2026-07-01T00:00:00Z',
        skipDates: ['2026-06-01'],
      },
      'error never fires: skip and skipDates cover every fire time',
    ],
    [
      { cron: ['0 * * * *'], skip: [{ year: '2026-2100' }] },
      "error the skips leave out more than 100000 fire times in a row after 2026-11-20T00:00:00.000Z, over which the server's scheduler stops; set startAt or endAt, or let it fire less often",
    ],
    [
      { intervals: [{ every: '1500ms' }] },
      'error intervals[0] intervals and offsets are whole seconds: the server would cut off the rest (found {"every":"1500ms"})',
    ],
    [
      { cron: ['CRON_TZ=Europe/Berln 0 0 * * *'] },
      'error cron[0] Europe/Berln is not a timezone of the IANA database; did you mean "Europe/Berlin"? (found "CRON_TZ=Europe/Berln 0 0 * * *")',
    ],
    [
      { cron: ['0 30 2 * * *'] },
      'error cron[0] hour: "30" is not a value; allowed are 0-23, *, 1-5, */2 and lists of these. With 6 fields the sixth is the year; for seconds first write 7: "0 30 2 * * * *" (found "0 30 2 * * *")',
    ],
  ])('%j', (spec, message) => {
    expect(report(spec)).toEqual([message]);
  });
});

describe('warnings', () => {
  test.each<[Record<string, unknown>, string]>([
    [
      { cron: ['0 0 13 * 5'], timezone: 'Europe/Berlin' },
      'warning cron[0] day of month and day of week must both match, where classic cron takes either: here next 2027-08-13 00:00, 2028-10-13 00:00, 2029-04-13 00:00; by classic cron 2026-11-27 00:00, 2026-12-04 00:00, 2026-12-11 00:00 (Europe/Berlin). Did you mean either day? Write two crons: "0 0 13 * *" and "0 0 * * 5" (found "0 0 13 * 5")',
    ],
    [
      { cron: ['0 0 2 * * *'] },
      'warning cron[0] the sixth field is the year, where classic cron takes six fields as seconds first: here next 2026-12-02 00:00, 2027-01-02 00:00, 2027-02-02 00:00; by classic cron 2026-11-20 02:00, 2026-11-21 02:00, 2026-11-22 02:00 (UTC). Did you mean seconds first? Write 7 fields: "0 0 2 * * * *" (found "0 0 2 * * *")',
    ],
    [
      { cron: ['30 9 * * 5#3'] },
      'warning cron[0] "#" begins a comment, where classic cron takes it as the nth weekday of the month: here next 2026-11-20 09:30, 2026-11-27 09:30, 2026-12-04 09:30; by classic cron 2026-11-20 09:30, 2026-12-18 09:30, 2027-01-15 09:30 (UTC). Did you mean weekday 3 of its kind? Write the days it falls on: "30 9 15-21 * 5" (found "30 9 * * 5#3")',
    ],
    [
      { cron: ['*/90 * * * *'] },
      'warning cron[0] minute: the step 90 goes beyond 59, so only 0 matches (found "*/90 * * * *")',
    ],
    [
      { cron: ['0 0 * * 1-7'] },
      'warning cron[0] dayOfWeek: the server reads 1-7 as 1-6 and leaves out Sunday; write 0-6 or * (found "0 0 * * 1-7")',
    ],
    [
      { intervals: [{ every: '2d', offset: '90m' }], timezone: 'Europe/Berlin' },
      'warning intervals[0] intervals know no timezone: every 2d fires at 01:30 UTC, which is 02:30 or 03:30 in Europe/Berlin over the year. For one time of day there write a cron, such as "30 2 * * *" with the days it should fire (found "2d")',
    ],
    [
      { cron: ['0 0 1 1 * 2020', '0 0 * * *'] },
      'warning cron[0] has no fire time left after 2026-11-20T00:00:00.000Z (found "0 0 1 1 * 2020")',
    ],
    [
      { cron: ['0 0 * * *'], endAt: '2026-05-01T00:00:00Z' },
      'warning has no fire time left after 2026-11-20T00:00:00.000Z',
    ],
  ])('%j', (spec, message) => {
    expect(report(spec)).toEqual([message]);
  });

  test('classic cron and ours agree where only one of the two days is restricted, so nothing is said', () => {
    const quiet = ['*/7 8-18/2 * * mon-fri', '0,30 0 31 jan,dec *', '15 3 1/9 * *', '59 23 * * 7', '0 0 29 2 *'];
    for (const cron of quiet) expect(report({ cron: [cron], timezone: 'America/New_York' })).toEqual([]);
  });
});
