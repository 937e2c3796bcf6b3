import { calendarDays } from './calendar-days.js';
import { clockTimes, daySeconds } from './clock-times.js';
import type { CompiledCalendar } from './compiled-spec.js';
import { serverWalk } from './server-walk.js';
import type { Zone } from './zone.js';

/** Everything is in seconds since 1970. */
export interface CalendarTimes {
  matches(time: number): boolean;
  /**
   * The next match after a time, or undefined when there is none until the end of 2100. Where a clock skips a whole
   * day (Apia) or half an hour west of Greenwich (Caracas) the server goes back, and so does this.
   */
  next(after: number): number | undefined;
}

/**
 * The times that match a calendar, as Temporal's server finds them. A day away from changes of the clock that is plain
 * arithmetic on days and seconds of the day; near them it is the server's own walk.
 */
export function calendarTimes(calendar: CompiledCalendar, zone: Zone): CalendarTimes {
  const known = made.get(calendar);
  if (known?.zone === zone) return known.times;
  const times = createCalendarTimes(calendar, zone);
  made.set(calendar, { zone, times });
  return times;
}

/** Compiled calendars never change, and a spec is asked about many times over, by checks and plans. */
const made = new WeakMap<CompiledCalendar, { zone: Zone; times: CalendarTimes }>();

function createCalendarTimes(calendar: CompiledCalendar, zone: Zone): CalendarTimes {
  const days = calendarDays(calendar);
  const clocks = clockTimes(calendar);
  const firstClock = clocks.from(0);
  let walk: ReturnType<typeof serverWalk> | undefined;

  const matches = (time: number): boolean => {
    const local = time + zone.segmentAt(time).offset;
    const day = Math.floor(local / daySeconds);
    return clocks.matches(local - day * daySeconds) && days.matches(day);
  };

  const next = (after: number): number | undefined => {
    if (firstClock === daySeconds) return undefined;
    for (let from = after; ; ) {
      const { start, end, offset } = zone.segmentAt(from);
      if (from - start >= margin) {
        const local = from + offset;
        const day = Math.floor(local / daySeconds);
        const clock = clocks.from(local - day * daySeconds + 1);
        const found = days.from(clock < daySeconds ? day : day + 1);
        const time = found * daySeconds + (found === day ? clock : firstClock) - offset;
        if (time < end - margin) return time;
        if (end === Number.POSITIVE_INFINITY) return undefined;
        // Nothing until the change draws near: on from the last second of the last day before.
        from = Math.max(from, Math.floor((end - margin + offset) / daySeconds) * daySeconds - offset - 1);
      }
      walk ??= serverWalk(calendar, zone);
      const step = walk(from);
      if (step.found || step.time === undefined) return step.time;
      from = step.time;
    }
  };

  return { matches, next };
}

/** No zone is further from UTC, and the server's walk looks no further around. */
const margin = daySeconds;
