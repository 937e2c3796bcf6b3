import type { Calendar, ScheduleSpec } from '../definition/spec.js';
import { AlmanacError } from '../errors.js';
import { trimSpace } from './calendar-field.js';
import type { CalendarField } from './compiled-spec.js';
import { calendarsOfSpan, spanOf } from './date-span.js';

/** A skip calendar in which nothing is left out: to the server, a missing hour would be midnight alone. */
export type FilledCalendar = Record<CalendarField, string> & { comment: string };

/**
 * All that a spec skips: its `skip` calendars, then those of the dates of `skipDates`. Everything left out is `*`.
 * @throws AlmanacError `internal` when `skipDates` still names a file
 */
export function skipCalendars({
  skip = [],
  skipDates = [],
}: ScheduleSpec): { path: string; calendar: FilledCalendar }[] {
  if (typeof skipDates === 'string') {
    throw new AlmanacError('internal', `skipDates still names the file ${skipDates}: load its dates first`);
  }
  return [
    ...skip.map((calendar, index) => ({ path: `skip[${index}]`, calendar: fill(calendar) })),
    ...skipDates.flatMap((entry, index) =>
      calendarsOfSpan(spanOf(entry)).map((calendar) => ({ path: `skipDates[${index}]`, calendar: fill(calendar) })),
    ),
  ];
}

function fill(calendar: Calendar): FilledCalendar {
  const textOf = (field: CalendarField) => trimSpace(calendar[field] ?? '') || '*';
  return {
    second: textOf('second'),
    minute: textOf('minute'),
    hour: textOf('hour'),
    dayOfMonth: textOf('dayOfMonth'),
    month: textOf('month'),
    year: textOf('year'),
    dayOfWeek: textOf('dayOfWeek'),
    comment: calendar.comment ?? '',
  };
}
