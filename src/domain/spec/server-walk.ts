import { daysInMonth, daysUntil, monthOf, weekday } from './calendar-days.js';
import { lastYear } from './calendar-field.js';
import { daySeconds } from './clock-times.js';
import type { CompiledCalendar } from './compiled-spec.js';
import { nextValues, valueSet } from './range-tables.js';
import type { Zone } from './zone.js';

/** Where a walk ended: at a match; before one, where the clock is steady for days; or, without a time, at the end of 2100. */
export interface WalkStep {
  found: boolean;
  /** Seconds since 1970. */
  time?: number;
}

const hour = 3_600;

/**
 * The search for the next time that matches a calendar, as Temporal's server does it (compiledCalendar.next in
 * service/worker/scheduler/calendar.go of server 1.31.2). The walk over the fields is the server's own, step by step,
 * because what happens around a change of the clock follows from its order: which of two equal local times fires, and
 * what becomes of a local time that does not exist, depends on the zone and on where the walk began.
 */
export function serverWalk(calendar: CompiledCalendar, zone: Zone): (after: number) => WalkStep {
  const second = nextValues(calendar.second, 60);
  const minute = nextValues(calendar.minute, 60);
  const hours = nextValues(calendar.hour, 24);
  const month = nextValues(calendar.month, 13);
  const dayOfMonth = valueSet(calendar.dayOfMonth, 32);
  const dayOfWeek = valueSet(calendar.dayOfWeek, 7);
  const everyYear = calendar.year.length === 0;
  const years = valueSet(calendar.year, everyYear ? 0 : lastYear + 1);
  const matchesYear = (year: number) => everyYear || years[year] === 1;

  /** What Go's time.Date makes of a local time, given as if it were UTC. */
  const resolve = (wall: number): number => {
    const segment = zone.segmentAt(wall);
    const time = wall - segment.offset;
    if (time >= segment.start && time < segment.end) return time;
    return wall - zone.segmentAt(time).offset;
  };
  const localAt = (time: number): number => time + zone.segmentAt(time).offset;
  const hourAt = (time: number): number => Math.floor(mod(localAt(time), daySeconds) / hour);
  const isSteady = (time: number): boolean => {
    const { start, end } = zone.segmentAt(time);
    return time - start > daySeconds && end - time > 3 * daySeconds;
  };

  return (after) => {
    const local = localAt(after);
    const today = Math.floor(local / daySeconds);
    const clock = local - today * daySeconds;
    let [y, mo, first] = monthOf(today);
    let d = today - first + 1;
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
        const midnight = daysUntil(y, mo, d) * daySeconds;
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
      if (y > lastYear) return { found: false };

      const midnight = daysUntil(y, mo, d) * daySeconds;
      if (h === 0 && m === 0 && s === 0 && repeated === 0) {
        const start = resolve(midnight);
        if (isSteady(start)) return { found: false, time: start - 1 };
      }
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
        continue;
      }
      if (!(dayOfMonth[d] === 1 && dayOfWeek[weekdayOf(localAt(resolve(midnight + h * hour + m * 60 + s)))])) {
        d += 1;
        h = m = s = repeated = 0;
        continue;
      }

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

      const time = resolve(midnight + h * hour + m * 60 + s);
      if (hourAt(time) === h) return { found: true, time: time + repeated };
      // A local time that the clock jumps over.
      h += 1;
      m = s = 0;
    }
  };
}

/** The remainder from 0 up; faster than `%`, which is slow beyond 32 bits. */
function mod(value: number, by: number): number {
  return value - Math.floor(value / by) * by;
}

function weekdayOf(local: number): number {
  return weekday(Math.floor(local / daySeconds));
}
