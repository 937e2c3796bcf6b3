import type { DstPolicy } from '../definition/spec.js';
import { calendarDays } from './calendar-days.js';
import { calendarTimes } from './calendar-times.js';
import { type ClockChange, clockChanges, isGap } from './clock-change.js';
import { daySeconds } from './clock-times.js';
import type { CompiledCalendar, CompiledInterval, CompiledSpec } from './compiled-spec.js';
import { calendarsOfTimes, type LostHours, withoutHours } from './date-pieces.js';
import { changeOutcomes } from './dst-times.js';
import { isFarFromChange } from './fire-times.js';
import { type Zone, zoneOf } from './zone.js';

/** More single times than this make a schedule heavy for the server's scheduler. */
export const singleTimesLimit = 2_000;

export interface DstCompilation {
  compiled: CompiledSpec;
  /** Times that no calendar expresses, each an interval of its own; `compiled` is of no use when they are too many. */
  singleTimes: number;
}

/**
 * A compiled spec that fires as a policy for clock changes wants, by the server's own rules: calendars lose the hours around a
 * change where the server would get it wrong, and what should fire there is added, as calendars of dates or, where a local
 * time comes twice and no calendar can tell the two apart, as intervals that match once. Holds from 2020 to 2100.
 */
export function applyDst(base: CompiledSpec, policy: DstPolicy): DstCompilation {
  const zone = zoneOf(base.timezone);
  const changes = [...clockChanges(zone, ...horizon(base))].filter((change) =>
    isGap(change) ? policy.gap !== undefined : policy.fold !== undefined,
  );
  const calendars: CompiledCalendar[] = [];
  const added = new Set<number>();
  for (const calendar of base.calendars) {
    const { lost, missing } = corrections(calendar, zone, changes, policy);
    calendars.push(...(lost.length === 0 ? [calendar] : withoutHours(calendar, lost)));
    for (const time of missing) added.add(time);
    if (added.size > mostAdded) break;
  }
  if (added.size > mostAdded) return { compiled: base, singleTimes: added.size };
  const [once, ambiguous] = split(
    [...added].sort((a, b) => a - b),
    (time) => isCalendarTime(time, zone),
  );
  const intervals = ambiguous.map((time) => intervalOfTime(time, zone));
  const spurious = ambiguous.flatMap((time, index) => spuriousTimes(base, time, intervals[index], zone));
  const local = (time: number) => time + zone.segmentAt(time).offset;
  return {
    singleTimes: ambiguous.length,
    compiled: {
      ...base,
      calendars: [...calendars, ...calendarsOfTimes(once.map(local), 'dst')],
      intervals: [...base.intervals, ...intervals],
      skip: [...base.skip, ...calendarsOfTimes(spurious.map(local), 'dst')],
    },
  };
}

/** Bounds the work for specs that fire all the time; far above {@link singleTimesLimit}. */
const mostAdded = 10_000;
const policyStart = Date.UTC(2020, 0, 1) / 1000;
const policyEnd = Date.UTC(2100, 11, 28) / 1000;

function horizon({ startAt, endAt }: CompiledSpec): [number, number] {
  const start = startAt === undefined ? policyStart : Math.floor(startAt / 1000) - 2 * daySeconds;
  const end = endAt === undefined ? policyEnd : Math.ceil(endAt / 1000) + 2 * daySeconds;
  return [Math.max(start, policyStart), Math.min(end, policyEnd)];
}

function corrections(calendar: CompiledCalendar, zone: Zone, changes: ClockChange[], policy: DstPolicy) {
  const outcomeOf = changeOutcomes(calendar, zone, policy);
  // Whatever the weekday: where midnight is left out, the server takes the day for the one before.
  const days = calendarDays({ ...calendar, dayOfWeek: [{ start: 0, end: 6, step: 1 }] });
  const lost: LostHours[] = [];
  const missing: number[] = [];
  for (const change of changes) {
    const { span, wanted, server } = outcomeOf(change);
    if (server === 'right') continue;
    missing.push(...wanted);
    if (server === 'wrong') lost.push(...hoursByDay(span).filter(({ day }) => days.matches(day)));
    if (missing.length > mostAdded) break;
  }
  return { lost, missing };
}

function hoursByDay({ start, end }: { start: number; end: number }): LostHours[] {
  const days = new Map<number, Set<number>>();
  for (let time = start; time < end; time += 3600) {
    const day = Math.floor(time / daySeconds);
    const hours = days.get(day) ?? new Set();
    days.set(day, hours.add((time - day * daySeconds) / 3600));
  }
  return [...days].map(([day, hours]) => ({ day, hours }));
}

/** Whether a calendar of this one local time fires at it and at nothing else, wherever the server's search begins. */
function isCalendarTime(time: number, zone: Zone): boolean {
  const [calendar] = calendarsOfTimes([time + zone.segmentAt(time).offset], '');
  if (calendar === undefined) return false;
  // Of every year, so that the search for a next one ends soon.
  const { next } = calendarTimes({ ...calendar, year: [] }, zone);
  for (let from = time - 3 * 3600; from < time + 3 * 3600; from += 1800) {
    for (const start of [from - 1, from]) {
      const found = next(start);
      const isRight = start < time ? found === time : found === undefined || found > time + daySeconds;
      if (!isRight) return false;
    }
  }
  return true;
}

/**
 * An interval that matches at a time from 2014 on and, with luck, not again until 2100. Its first match is at length plus offset:
 * the server never fires at the offset itself (nextIntervalTime in spec.go of server 1.31.2). The next one keeps away from changes
 * of the clock, so that a skip can take it out.
 */
function intervalOfTime(time: number, zone: Zone): CompiledInterval {
  let length = time;
  while (!isFarFromChange(zone, time + length)) length -= daySeconds;
  return { every: length * 1000, offset: (time - length) * 1000 };
}

/** The second match of such an interval, where it lies before the end of 2100 and nothing else fires then. */
function spuriousTimes(base: CompiledSpec, time: number, interval: CompiledInterval | undefined, zone: Zone): number[] {
  const second = time + (interval?.every ?? 0) / 1000;
  if (second > Math.min(base.endAt ?? Number.POSITIVE_INFINITY, Date.UTC(2101, 0)) / 1000) return [];
  const isWanted =
    base.calendars.some((calendar) => calendarTimes(calendar, zone).matches(second)) ||
    base.intervals.some(({ every, offset }) => (second * 1000 - offset) % every === 0);
  return isWanted ? [] : [second];
}

function split<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}
