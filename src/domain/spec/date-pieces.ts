import { monthOf } from './calendar-days.js';
import { firstYear, lastYear } from './calendar-field.js';
import { daySeconds } from './clock-times.js';
import type { CompiledCalendar, Range } from './compiled-spec.js';
import { eachValue } from './range-tables.js';

/** A local date of which a calendar loses some hours. */
export interface LostHours {
  /** Days since 1970-01-01. */
  day: number;
  hours: ReadonlySet<number>;
}

/** The calendars that together match what one matches, but for some hours of some dates; the dates from 2000 on. */
export function withoutHours(calendar: CompiledCalendar, lost: readonly LostHours[]): CompiledCalendar[] {
  const dates = new Map<string, { month: number; dayOfMonth: number; years: number[] }>();
  const rests = new Map<string, { month: number; dayOfMonth: number; hours: number[]; years: number[] }>();
  const ownHours = valuesOf(calendar.hour);
  for (const { day, hours } of lost) {
    const [year, month, first] = monthOf(day);
    const dayOfMonth = day - first + 1;
    const date = getOrAdd(dates, `${month} ${dayOfMonth}`, () => ({ month, dayOfMonth, years: [] }));
    date.years.push(year);
    const left = ownHours.filter((value) => !hours.has(value));
    if (left.length === 0) continue;
    const rest = getOrAdd(rests, `${month} ${dayOfMonth} ${left}`, () => ({
      month,
      dayOfMonth,
      hours: left,
      years: [],
    }));
    rest.years.push(year);
  }
  const months = new Set([...dates.values()].map(({ month }) => month));
  const ownYears = calendar.year.length === 0 ? allYears : valuesOf(calendar.year);
  const pieces: CompiledCalendar[] = [
    { ...calendar, month: without(calendar.month, months) },
    ...[...months].map((month) => {
      const taken = [...dates.values()].filter((date) => date.month === month).map(({ dayOfMonth }) => dayOfMonth);
      return { ...calendar, month: one(month), dayOfMonth: without(calendar.dayOfMonth, new Set(taken)) };
    }),
    ...[...dates.values()].map(({ month, dayOfMonth, years }) => ({
      ...calendar,
      month: one(month),
      dayOfMonth: one(dayOfMonth),
      // No ranges would mean every year.
      year: rangesOf(ownYears.filter((year) => !years.includes(year))),
    })),
  ];
  return [
    ...pieces.filter((piece, index) => {
      const isDate = index > months.size;
      return piece.month.length > 0 && piece.dayOfMonth.length > 0 && !(isDate && piece.year.length === 0);
    }),
    ...[...rests.values()].map(({ month, dayOfMonth, hours, years }) => ({
      ...calendar,
      month: one(month),
      dayOfMonth: one(dayOfMonth),
      hour: rangesOf(hours),
      year: rangesOf(years),
    })),
  ];
}

const allYears = Array.from({ length: lastYear - firstYear + 1 }, (_, index) => firstYear + index);

/** Calendars that match exactly these local times, seconds counted as if they were UTC, in as few as share date and hour. */
export function calendarsOfTimes(times: readonly number[], comment: string): CompiledCalendar[] {
  const minutes = new Map<string, { day: number; hour: number; second: number; minutes: number[] }>();
  for (const time of times) {
    const day = Math.floor(time / daySeconds);
    const clock = time - day * daySeconds;
    const [hour, minute, second] = [Math.floor(clock / 3600), Math.floor(clock / 60) % 60, clock % 60];
    getOrAdd(minutes, `${day} ${hour} ${second}`, () => ({ day, hour, second, minutes: [] })).minutes.push(minute);
  }
  const calendars = new Map<string, { calendar: CompiledCalendar; years: number[] }>();
  for (const entry of minutes.values()) {
    const [year, month, first] = monthOf(entry.day);
    const dayOfMonth = entry.day - first + 1;
    const key = [month, dayOfMonth, entry.hour, entry.second, ...entry.minutes].join();
    getOrAdd(calendars, key, () => ({
      calendar: {
        second: one(entry.second),
        minute: rangesOf(entry.minutes),
        hour: one(entry.hour),
        dayOfMonth: one(dayOfMonth),
        month: one(month),
        year: [],
        dayOfWeek: [{ start: 0, end: 6, step: 1 }],
        comment,
      },
      years: [],
    })).years.push(year);
  }
  return [...calendars.values()].map(({ calendar, years }) => ({ ...calendar, year: rangesOf(years) }));
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key) ?? create();
  map.set(key, found);
  return found;
}

function valuesOf(ranges: readonly Range[]): number[] {
  const values = new Set<number>();
  eachValue(ranges, (value) => values.add(value));
  return [...values].sort((a, b) => a - b);
}

function without(ranges: Range[], taken: ReadonlySet<number>): Range[] {
  const values = valuesOf(ranges);
  return values.some((value) => taken.has(value)) ? rangesOf(values.filter((value) => !taken.has(value))) : ranges;
}

function one(value: number): Range[] {
  return [{ start: value, end: value, step: 1 }];
}

/** Ascending values as ranges of neighbours. */
function rangesOf(values: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end + 1 === value) last.end = value;
    else ranges.push({ start: value, end: value, step: 1 });
  }
  return ranges;
}
