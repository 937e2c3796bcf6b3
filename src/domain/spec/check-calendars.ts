import { lastYear } from './calendar-field.js';
import type { CalendarField, CompiledCalendar, Range } from './compiled-spec.js';

/** What can be said of one calendar by itself. */

/** Why a calendar can never match, or undefined when the reason is not the length of months. */
export function missingDay({ dayOfMonth, month }: CompiledCalendar): string | undefined {
  const longest = Math.max(...month.flatMap(valuesOf).map((number) => monthLengths[number - 1] ?? 0));
  const earliest = Math.min(...dayOfMonth.flatMap(valuesOf));
  if (earliest <= longest) return undefined;
  const names = [...new Set(month.flatMap(valuesOf))].map((number) => monthNames[number - 1]);
  return `${list(names)} ${names.length === 1 ? 'has' : 'have'} no day ${earliest}`;
}

const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const steppedFields = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;

/** Steps that leave one value of a whole range, such as the 90 of every 90 minutes in a field that ends at 59. */
export function idleSteps(calendar: CompiledCalendar): { field: CalendarField; range: Range }[] {
  return steppedFields.flatMap((field) =>
    calendar[field]
      .filter(({ start, end, step }) => step > 1 && end > start && start + step > end)
      .map((range) => ({ field, range })),
  );
}

/**
 * The part of a day-of-week text that reaches from Monday to day 7, if there is one: the server cuts it at 6 and so
 * loses Sunday, though 0-7, 2-7 and 5-7 keep it (makeRange in calendar.go of server 1.31.2).
 */
export function lostSunday(dayOfWeek: string): string | undefined {
  return dayOfWeek.split(',').find((part) => /^(?:0*1|mo[nday]*)(?:-0*7(?:\/0*1)?|\/0*1)$/i.test(part.trim()));
}

function valuesOf({ start, end, step }: Range): number[] {
  const values: number[] = [];
  for (let value = start; value <= end && value <= lastYear; value += step) values.push(value);
  return values;
}

function list(names: (string | undefined)[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
