import { lastYear } from './calendar-field.js';
import type { CompiledCalendar } from './compiled-spec.js';
import { valueSet } from './range-tables.js';

/** Days are counted from 1970-01-01, a Thursday. */
export interface CalendarDays {
  matches(day: number): boolean;
  /** The first matching day from the given one on; Infinity when there is none until the end of 2100. */
  from(day: number): number;
}

/** The days on which a calendar may match, by day of month, month, year and day of week alone. */
export function calendarDays(calendar: CompiledCalendar): CalendarDays {
  const dayOfMonth = valueSet(calendar.dayOfMonth, 32);
  const dayOfWeek = valueSet(calendar.dayOfWeek, 7);
  const months = valueSet(calendar.month, 13);
  const isYear = (year: number) =>
    calendar.year.length === 0 ||
    calendar.year.some(({ start, end, step }) => year >= start && year <= end && (year - start) % step === 0);

  // The month that was looked at last: the next question is nearly always about the same.
  let year = 0;
  let month = 0;
  let first = 0;
  let last = -1;
  let isMonth = false;
  const seek = (day: number) => {
    [year, month, first] = monthOf(day);
    last = first + daysInMonth(month, year) - 1;
    isMonth = months[month] === 1 && isYear(year);
  };
  const isDay = (day: number) => dayOfMonth[day - first + 1] === 1 && dayOfWeek[weekday(day)] === 1;

  return {
    matches(day) {
      if (day < first || day > last) seek(day);
      return isMonth && isDay(day);
    },
    from(start) {
      if (start < first || start > last) seek(start);
      if (year > lastYear) return Number.POSITIVE_INFINITY;
      for (let day = start; ; ) {
        if (isMonth) for (; day <= last; day += 1) if (isDay(day)) return day;
        if (month === 12 && year >= lastYear) return Number.POSITIVE_INFINITY;
        year += month === 12 ? 1 : 0;
        month = month === 12 ? 1 : month + 1;
        first = last + 1;
        last += daysInMonth(month, year);
        isMonth = months[month] === 1 && isYear(year);
        day = first;
      }
    },
  };
}

/** 0 is Sunday. */
export function weekday(day: number): number {
  return day + 4 - Math.floor((day + 4) / 7) * 7;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const monthStarts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

/** Months count from 1; what is no month has 31 days. */
export function daysInMonth(month: number, year: number): number {
  if (month > 12) return 31;
  return month === 2 && isLeapYear(year) ? 29 : (monthStarts[month] as number) - (monthStarts[month - 1] as number);
}

/** Days from 1970-01-01 until a date. */
export function daysUntil(year: number, month: number, dayOfMonth: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0;
  return (year - 1970) * 365 + leapDays + (monthStarts[month - 1] as number) + leapDay + dayOfMonth - 1;
}

/** Year and month of a day, and the first day of that month. */
export function monthOf(day: number): [year: number, month: number, first: number] {
  // Never too late, and at most a year too early.
  let year = 1970 + Math.floor((day - (day > 0 ? 1 : 0)) / 366);
  while (daysUntil(year + 1, 1, 1) <= day) year += 1;
  let month = 1;
  while (month < 12 && daysUntil(year, month + 1, 1) <= day) month += 1;
  return [year, month, daysUntil(year, month, 1)];
}
