/** Specs over the hard hours, with what the server answers: the unit test holds ours to it, the integration test the server. */
export interface HardCase {
  name: string;
  spec: Record<string, unknown>;
  /** Exclusive. */
  start: string;
  /** Inclusive. */
  end: string;
}

export const hardCases: HardCase[] = [
  { name: 'Friday 13th', spec: { cron: ['0 0 13 * 5'] }, start: '2026-01-01T00:00:00Z', end: '2028-01-01T00:00:00Z' },
  { name: 'leap days', spec: { cron: ['0 12 29 2 *'] }, start: '2026-01-01T00:00:00Z', end: '2040-01-01T00:00:00Z' },
  {
    name: 'no leap day in 2100',
    spec: { cron: ['0 0 29 2 *'] },
    start: '2095-01-01T00:00:00Z',
    end: '2101-01-01T00:00:00Z',
  },
  {
    name: 'a rare leap day',
    spec: { cron: ['0 0 29 2 1'] },
    start: '2026-01-01T00:00:00Z',
    end: '2100-12-31T00:00:00Z',
  },
  { name: 'month ends', spec: { cron: ['30 23 31 * *'] }, start: '2026-01-01T00:00:00Z', end: '2026-12-31T23:59:59Z' },
  {
    name: 'Berlin gap',
    spec: { cron: ['30 1,2,3 * * *'], timezone: 'Europe/Berlin' },
    start: '2026-03-28T12:00:00Z',
    end: '2026-03-29T12:00:00Z',
  },
  {
    name: 'Berlin fold, the hour before',
    spec: { cron: ['30 1 * * *'], timezone: 'Europe/Berlin' },
    start: '2026-10-24T12:00:00Z',
    end: '2026-10-25T12:00:00Z',
  },
  {
    name: 'Berlin fold, the repeated hour',
    spec: { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
    start: '2026-10-24T12:00:00Z',
    end: '2026-10-25T12:00:00Z',
  },
  {
    name: 'Berlin fold, every half hour',
    spec: { cron: ['*/30 * * * *'], timezone: 'Europe/Berlin' },
    start: '2026-10-24T22:45:00Z',
    end: '2026-10-25T02:30:00Z',
  },
  {
    name: 'New York fold',
    spec: { cron: ['30 1 * * *'], timezone: 'America/New_York' },
    start: '2026-10-31T12:00:00Z',
    end: '2026-11-01T12:00:00Z',
  },
  {
    name: 'New York fold, begun in the second copy',
    spec: { cron: ['15,45 1 * * *'], timezone: 'America/New_York' },
    start: '2026-11-01T06:20:00Z',
    end: '2026-11-02T12:00:00Z',
  },
  {
    name: 'St John’s gap one minute after midnight',
    spec: { cron: ['*/20 0,1,2 * * *'], timezone: 'America/St_Johns' },
    start: '2011-03-13T02:00:00Z',
    end: '2011-03-13T06:00:00Z',
  },
  {
    name: 'Havana Sunday that begins at one',
    spec: { cron: ['0 5 * * sun'], timezone: 'America/Havana' },
    start: '2026-03-07T00:00:00Z',
    end: '2026-03-16T00:00:00Z',
  },
  {
    name: 'Lord Howe half-hour gap',
    spec: { cron: ['0,15,45 1,2,3 * * *'], timezone: 'Australia/Lord_Howe' },
    start: '2026-10-03T12:00:00Z',
    end: '2026-10-03T18:00:00Z',
  },
  {
    name: 'Lord Howe half-hour fold',
    spec: { cron: ['0,15,45 1,2 * * *'], timezone: 'Australia/Lord_Howe' },
    start: '2026-04-04T12:00:00Z',
    end: '2026-04-04T18:00:00Z',
  },
  {
    name: 'Apia lost day at noon',
    spec: { cron: ['0 12 * * *'], timezone: 'Pacific/Apia' },
    start: '2011-12-28T00:00:00Z',
    end: '2012-01-02T00:00:00Z',
  },
  {
    name: 'Troll two-hour change',
    spec: { cron: ['0 * * * *'], timezone: 'Antarctica/Troll' },
    start: '2026-03-28T22:30:00Z',
    end: '2026-03-29T04:00:00Z',
  },
  {
    name: 'Casablanca Ramadan',
    spec: { cron: ['30 2 * * *'], timezone: 'Africa/Casablanca' },
    start: '2026-02-13T00:00:00Z',
    end: '2026-02-17T00:00:00Z',
  },
  {
    name: 'Kolkata half-hour zone',
    spec: { cron: ['0 9 * * 1-5'], timezone: 'Asia/Kolkata' },
    start: '2026-11-20T00:00:00Z',
    end: '2026-11-25T00:00:00Z',
  },
  {
    name: 'Monrovia 44:30 behind',
    spec: { cron: ['0 0 * * *'], timezone: 'Africa/Monrovia' },
    start: '1972-01-05T00:00:00Z',
    end: '1972-01-09T00:00:00Z',
  },
  {
    name: 'six fields: the year last',
    spec: { cron: ['0 0 1 1 * 2027/2'] },
    start: '2026-01-01T00:00:00Z',
    end: '2034-01-01T00:00:00Z',
  },
  {
    name: 'seven fields: seconds first',
    spec: { cron: ['*/20 59 23 31 12 * 2026-2027'] },
    start: '2026-01-01T00:00:00Z',
    end: '2034-01-01T00:00:00Z',
  },
  {
    name: '@every with offset',
    spec: { cron: ['@every 6h/15m'], timezone: 'Europe/Berlin' },
    start: '2026-10-24T18:00:00Z',
    end: '2026-10-25T12:15:00Z',
  },
  {
    name: '@weekly and @yearly',
    spec: { cron: ['@weekly', '@yearly'] },
    start: '2026-12-20T00:00:00Z',
    end: '2027-01-08T00:00:00Z',
  },
  {
    name: 'CRON_TZ',
    spec: { cron: ['CRON_TZ=Asia/Tokyo 0 9 * * mon # opening'] },
    start: '2026-11-20T00:00:00Z',
    end: '2026-12-08T00:00:00Z',
  },
  {
    name: 'TZ that agrees',
    spec: { cron: ['TZ=Asia/Tokyo 0 9 1 * *'], timezone: 'Asia/Tokyo' },
    start: '2026-11-20T00:00:00Z',
    end: '2027-02-08T00:00:00Z',
  },
  {
    name: 'lists, names, steps',
    spec: { cron: ['5,9-12/3 8/7 * jan,Sept-nov mon-wed,SAT'] },
    start: '2026-11-20T00:00:00Z',
    end: '2026-11-24T00:00:00Z',
  },
  {
    name: 'days of week that wrap',
    spec: { calendars: [{ dayOfWeek: '5-7/2', hour: '6' }] },
    start: '2026-11-20T00:00:00Z',
    end: '2026-12-01T00:00:00Z',
  },
  {
    name: 'days 1-7, which leave out Sunday',
    spec: { cron: ['0 0 * * 1-7'] },
    start: '2026-11-20T12:00:00Z',
    end: '2026-11-24T00:00:00Z',
  },
  {
    name: 'calendar with a comment',
    spec: { calendars: [{ hour: '9-17/4', dayOfWeek: 'mon-fri', comment: 'office' }] },
    start: '2026-11-20T12:00:00Z',
    end: '2026-11-23T20:00:00Z',
  },
  {
    name: 'skip a whole day',
    spec: { cron: ['0 */12 * * *'], skip: [{ month: '12', dayOfMonth: '25' }], timezone: 'Europe/Berlin' },
    start: '2026-12-24T00:00:00Z',
    end: '2026-12-26T12:00:00Z',
  },
  {
    name: 'skip an hour of it',
    spec: { cron: ['0,30 * * * *'], skip: [{ hour: '3', comment: 'backup' }] },
    start: '2026-12-24T02:00:00Z',
    end: '2026-12-24T04:30:00Z',
  },
  {
    name: 'skip dates in the zone',
    spec: {
      intervals: [{ every: '8h' }],
      skipDates: ['2026-12-25', { date: '2026-12-27', comment: 'x' }],
      timezone: 'Pacific/Auckland',
    },
    start: '2026-12-24T00:00:00Z',
    end: '2026-12-27T23:00:00Z',
  },
  {
    name: 'offset of days from the epoch',
    spec: { intervals: [{ every: '7d', offset: '4d' }] },
    start: '1970-01-01T00:00:00Z',
    end: '1970-02-01T00:00:00Z',
  },
  {
    name: 'bounds',
    spec: { cron: ['0 * * * *'], startAt: '2026-11-20T05:00:00Z', endAt: '2026-11-20T08:00:00Z' },
    start: '2026-11-20T00:00:00Z',
    end: '2026-11-21T00:00:00Z',
  },
  {
    name: 'bounds within a second',
    spec: { cron: ['0 * * * *'], startAt: '2026-11-20T05:00:00.500Z', endAt: '2026-11-20T07:59:59.999Z' },
    start: '2026-11-20T00:00:00Z',
    end: '2026-11-21T00:00:00Z',
  },
  {
    name: 'window within a second',
    spec: { cron: ['* * * * * * *'] },
    start: '2026-11-20T05:00:00.500Z',
    end: '2026-11-20T05:00:02.999Z',
  },
  {
    name: 'the last second of all',
    spec: { cron: ['59 59 23 31 12 * *'] },
    start: '2098-01-01T00:00:00Z',
    end: '2105-01-01T00:00:00Z',
  },
];
