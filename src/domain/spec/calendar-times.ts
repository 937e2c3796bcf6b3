import { lastYear } from './calendar-field.js';
import type { CompiledCalendar, Range } from './compiled-spec.js';
import type { Zone } from './zone.js';

/**
 * The next time that matches a calendar, as Temporal's server finds it (compiledCalendar.next in
 * service/worker/scheduler/calendar.go of server 1.31.2). The walk over the fields is the server's own, step by step,
 * because what happens around a change of the clock follows from its order: which of two equal local times fires, and
 * what becomes of a local time that does not exist, depends on the zone and on where the walk began.
 */

/** Everything is in seconds since 1970. */
export interface CalendarTimes {
  matches(time: number): boolean;
  /**
   * The next match after a time, or undefined when there is none until the end of 2100. Where a clock skips a whole
   * day (Apia) or half an hour west of Greenwich (Caracas) the server goes back, and so does this.
   */
  next(after: number): number | undefined;
}

const day = 86_400;
const hour = 3_600;

export function calendarTimes(calendar: CompiledCalendar, zone: Zone): CalendarTimes {
  const second = nextValues(calendar.second, 60);
  const minute = nextValues(calendar.minute, 60);
  const hours = nextValues(calendar.hour, 24);
  const month = nextValues(calendar.month, 13);
  const dayOfMonth = valueSet(calendar.dayOfMonth, 32);
  const dayOfWeek = valueSet(calendar.dayOfWeek, 7);
  const years = valueSet(calendar.year, lastYear + 1);
  const matchesYear = (year: number) => calendar.year.length === 0 || years[year] === 1;

  /** What Go's time.Date makes of a local time, given as if it were UTC. */
  const resolve = (wall: number): number => {
    const segment = zone.segmentAt(wall);
    const time = wall - segment.offset;
    if (time >= segment.start && time < segment.end) return time;
    return wall - zone.segmentAt(time).offset;
  };
  const localAt = (time: number): number => time + zone.segmentAt(time).offset;
  const hourAt = (time: number): number => Math.floor(mod(localAt(time), day) / hour);

  const matches = (time: number): boolean => {
    const local = localAt(time);
    const date = new Date(local * 1000);
    const clock = mod(local, day);
    return (
      matchesYear(date.getUTCFullYear()) &&
      month[date.getUTCMonth() + 1] === date.getUTCMonth() + 1 &&
      dayOfMonth[date.getUTCDate()] === 1 &&
      dayOfWeek[date.getUTCDay()] === 1 &&
      hours[Math.floor(clock / hour)] === Math.floor(clock / hour) &&
      minute[Math.floor(clock / 60) % 60] === Math.floor(clock / 60) % 60 &&
      second[clock % 60] === clock % 60
    );
  };

  const next = (after: number): number | undefined => {
    const local = localAt(after);
    const date = new Date(local * 1000);
    const clock = mod(local, day);
    let y = date.getUTCFullYear();
    let mo = date.getUTCMonth() + 1;
    let d = date.getUTCDate();
    let h = Math.floor(clock / hour);
    let m = Math.floor(clock / 60) % 60;
    let s = (clock % 60) + 1;
    // Not 0 while in the second of two equal hours.
    let repeated = hourAt(after - hour) === h ? hour : 0;

    for (;;) {
      if (s >= 60) {
        m += 1;
        s = 0;
      }
      if (m >= 60) {
        const midnight = daysUntil(y, mo, d) * day;
        const elapsed = resolve(midnight + (h + 1) * hour) - resolve(midnight + h * hour);
        m = 0;
        if (repeated === 0 && elapsed > hour) {
          repeated = hour;
        } else {
          h += 1;
          repeated = 0;
        }
      }
      if (h >= 24) {
        d += 1;
        h = 0;
      }
      if (d > daysInMonth(mo, y)) {
        mo += 1;
        d = 1;
      }
      if (mo > 12) {
        y += 1;
        mo = 1;
      }
      if (y > lastYear) return undefined;

      if (!matchesYear(y)) {
        y += 1;
        mo = d = 1;
        h = m = s = repeated = 0;
        continue;
      }
      const nextMonth = month[mo] as number;
      if (nextMonth !== mo) {
        mo = nextMonth;
        d = 1;
        h = m = s = repeated = 0;
        if (mo > 12) continue;
      }
      const length = daysInMonth(mo, y);
      const beforeMonth = daysUntil(y, mo, 0);
      while (
        d <= length &&
        !(dayOfMonth[d] === 1 && dayOfWeek[weekday(localAt(resolve((beforeMonth + d) * day + h * hour + m * 60 + s)))])
      ) {
        d += 1;
        h = m = s = repeated = 0;
      }
      if (d > length) continue;

      const nextHour = hours[h] as number;
      if (nextHour !== h) {
        h = nextHour;
        m = s = repeated = 0;
        if (h >= 24) continue;
      }
      const nextMinute = minute[m] as number;
      if (nextMinute !== m) {
        m = nextMinute;
        s = 0;
        if (m >= 60) continue;
      }
      s = second[s] as number;
      if (s >= 60) continue;

      const time = resolve((beforeMonth + d) * day + h * hour + m * 60 + s);
      if (hourAt(time) === h) return time + repeated;
      // A local time that the clock jumps over.
      h += 1;
      m = s = 0;
    }
  };

  return { matches, next };
}

function eachValue(ranges: Range[], use: (value: number) => void): void {
  for (const { start, end, step } of ranges) for (let value = start; value <= end; value += step) use(value);
}

/** 1 at each value of the ranges. */
function valueSet(ranges: Range[], size: number): Uint8Array {
  const values = new Uint8Array(size);
  eachValue(ranges, (value) => {
    values[value] = 1;
  });
  return values;
}

/** At each number up to `size`, the first value of the ranges that is not below it, or `size`. */
function nextValues(ranges: Range[], size: number): Uint8Array {
  const values = valueSet(ranges, size);
  const nexts = new Uint8Array(size + 1).fill(size);
  for (let value = size - 1; value >= 0; value -= 1)
    nexts[value] = values[value] ? value : (nexts[value + 1] as number);
  return nexts;
}

/** The remainder from 0 up; faster than `%`, which is slow beyond 32 bits. */
function mod(value: number, by: number): number {
  return value - Math.floor(value / by) * by;
}

/** 1970-01-01 was a Thursday. */
function weekday(local: number): number {
  return mod(Math.floor(local / day) + 4, 7);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const monthStarts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

function daysInMonth(month: number, year: number): number {
  if (month > 12) return 31;
  return month === 2 && isLeapYear(year) ? 29 : (monthStarts[month] as number) - (monthStarts[month - 1] as number);
}

/** Days from 1970-01-01 until a date. */
function daysUntil(year: number, month: number, dayOfMonth: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  const leapDay = month > 2 && isLeapYear(year) ? 1 : 0;
  return (year - 1970) * 365 + leapDays + (monthStarts[month - 1] as number) + leapDay + dayOfMonth - 1;
}
