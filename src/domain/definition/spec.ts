import { z } from 'zod';
import { duration } from '../duration.js';
import { isTimezone, timezoneMessage } from '../timezone.js';

export { isTimezone };

const range = (what: string, example: string) =>
  z.string().min(1).describe(`${what}: *, a value, a list or ranges with steps, such as ${example}`);

const calendarShape = {
  second: range('Seconds', '0 or */15').optional(),
  minute: range('Minutes', '0,30').optional(),
  hour: range('Hours', '9-17/2').optional(),
  dayOfMonth: range('Days of the month', '1,15').optional(),
  month: range('Months, by number or name', 'jan-mar').optional(),
  year: range('Years', '2026-2028').optional(),
  dayOfWeek: range('Days of the week, by number (0 is Sunday) or name', 'mon-fri').optional(),
  comment: z.string().max(200).optional().describe('Shown beside the calendar'),
};

/** Temporal's CalendarSpec. Left out, second, minute and hour are 0 and the rest is any. */
export const calendar = z
  .strictObject(calendarShape)
  .describe('Fires when every field matches; second, minute and hour left out are 0, the rest any');

/** A skip calendar: what is left out is any, so a day without hours is the whole day. */
export const skipCalendar = z
  .strictObject(calendarShape)
  .describe(
    'Skips fire times that match; everything left out is any, so { "month": "12", "dayOfMonth": "25" } skips the whole day',
  );

export const interval = z
  .strictObject({
    every: duration({ min: '1s', max: '366d' }).describe('Length of the interval, such as 6h'),
    offset: duration({ min: '0s', max: '366d' }).optional().describe('Shift from the epoch, less than every'),
  })
  .describe('Fires at every multiple since 1970-01-01T00:00Z plus offset; intervals know no timezone');

const isoDate = z.iso.date().describe('Date, YYYY-MM-DD');

const reason = z.string().max(200).optional().describe('Why nothing fires then');

/** Far above any freeze; each month of it is a calendar that the server looks at. */
const longestStretch = 5;

const stretch = z
  .strictObject({
    from: isoDate.describe('First skipped date, YYYY-MM-DD'),
    to: isoDate.describe('Last skipped date, YYYY-MM-DD'),
    comment: reason,
  })
  .superRefine(({ from, to }, ctx) => {
    if (!isoDate.safeParse(from).success || !isoDate.safeParse(to).success) return;
    // ISO dates sort as text.
    if (to < from) ctx.addIssue({ code: 'custom', path: ['to'], message: `must not be before from (${from})` });
    if (Number(to.slice(0, 4)) - Number(from.slice(0, 4)) > longestStretch) {
      ctx.addIssue({ code: 'custom', path: ['to'], message: `more than ${longestStretch} years after from (${from})` });
    }
  });

/** A skipped date, with a word about it if wanted, or a stretch of dates, such as a freeze. */
export const skipDate = z.union([isoDate, z.strictObject({ date: isoDate, comment: reason }), stretch]);

/** `skipDates` as it is stored: a file is replaced by its dates when definitions are loaded. */
export const skipDates = z.union([
  z
    .string()
    .regex(/\.json$/, 'the name of a JSON file, relative to the schedules folder')
    .describe('File of dates'),
  z.array(skipDate).describe('The dates themselves'),
]);

/** What becomes of local times that a change of the clock leaves out or repeats; left out, it is as the server has it. */
export const dstPolicy = z
  .strictObject({
    gap: z
      .enum(['skip', 'shift'])
      .optional()
      .describe(
        'Local times that do not exist in spring: skip them, or shift them by the length of the gap (02:30 fires at 03:30)',
      ),
    fold: z
      .enum(['first', 'both'])
      .optional()
      .describe('Local times that come twice in autumn: fire at the first of the two, or at both'),
  })
  .refine(({ gap, fold }) => gap !== undefined || fold !== undefined, 'give gap, fold or both')
  .describe('What crons and calendars do on days on which the clock changes, from 2020 to 2100');

const timezone = z
  .string()
  .refine(isTimezone, { error: ({ input }) => timezoneMessage(String(input)) })
  .describe('IANA timezone in which cron, calendars, skip and skipDates are read (default UTC)');

export const scheduleSpec = z
  .strictObject({
    cron: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Cron expressions as Temporal reads them: 5 fields; a sixth is the year; with 7 the first is seconds. Day of month and day of week must both match',
      ),
    intervals: z.array(interval).optional().describe('Fires every so often, counted in UTC from 1970'),
    calendars: z.array(calendar).optional().describe('Fires at the times that match one of these calendars'),
    skip: z.array(skipCalendar).optional().describe('Fire times that match one of these are left out'),
    skipDates: skipDates
      .optional()
      .describe(
        'Dates and stretches of dates (YYYY-MM-DD, in the timezone of the schedule) on which nothing fires: a JSON file shared by many schedules, or a list',
      ),
    timezone: timezone.optional(),
    dst: dstPolicy.optional(),
    jitter: duration({ max: '24h' }).optional().describe('Each fire is delayed by a random part of this'),
    startAt: z.iso.datetime({ offset: true }).optional().describe('No fire before this instant (ISO 8601)'),
    endAt: z.iso.datetime({ offset: true }).optional().describe('No fire after this instant (ISO 8601)'),
  })
  .meta({ anyOf: [{ required: ['cron'] }, { required: ['intervals'] }, { required: ['calendars'] }] })
  .describe('When the schedule fires');

export type ScheduleSpec = z.output<typeof scheduleSpec>;
export type DstPolicy = z.output<typeof dstPolicy>;
export type Calendar = z.output<typeof calendar>;
export type SkipDate = z.output<typeof skipDate>;
