import { AlmanacError } from '../errors.js';
import { lastYear } from './calendar-field.js';
import { type CalendarTimes, calendarTimes } from './calendar-times.js';
import type { CompiledInterval, CompiledSpec } from './compiled-spec.js';
import { skipRules } from './skip-rules.js';
import { type Zone, zoneOf } from './zone.js';

/**
 * Fire times of a compiled spec, equal to the server's (GetNextTime in service/worker/scheduler/spec.go of server
 * 1.31.2) with the jitter left out.
 */

export interface FireTimeWindow {
  /** Exclusive, as in the server's ListScheduleMatchingTimes. */
  start: Date;
  /** Inclusive. */
  end: Date;
  /** At most this many; 1000, the server's own limit, unless said. */
  limit?: number;
}

export interface FireTimes {
  /** ISO 8601 in UTC with milliseconds. */
  fireTimes: string[];
  /** True when there are more in the window. */
  truncated: boolean;
}

/**
 * The fire times in a window.
 * @throws AlmanacError `over-cap` when the skips leave nothing of very many times in a row
 */
export function fireTimesBetween(compiled: CompiledSpec, { start, end, limit = 1000 }: FireTimeWindow): FireTimes {
  const fireTimes: string[] = [];
  for (const time of iterateFireTimes(compiled, start)) {
    if (time > end) break;
    if (fireTimes.length >= limit) return { fireTimes, truncated: true };
    fireTimes.push(time.toISOString());
  }
  return { fireTimes, truncated: false };
}

/**
 * All fire times after an instant (exclusive), one at a time, until `endAt` or the end of 2100. Each one ascends, but
 * for local days that a zone has left out (Apia 2011-12-30): there the server goes round in a circle, and so does this.
 * @throws AlmanacError `over-cap` when the skips leave nothing of very many times in a row
 */
export function* iterateFireTimes(compiled: CompiledSpec, after: Date): Generator<Date, void, undefined> {
  const zone = zoneOf(compiled.timezone);
  const calendars = compiled.calendars.map((calendar) => remembering(calendarTimes(calendar, zone), zone));
  const skips = skipRules(compiled.skip, zone);
  // The first second of the allowed range may fire itself; nothing fires before 1970.
  const first = Math.max(after.getTime(), (compiled.startAt ?? 0) - 1000);
  const end = Math.min(compiled.endAt ?? Number.POSITIVE_INFINITY, endOfYears);

  let time = Math.floor(first / 1000);
  for (let skipped = 0; ; ) {
    let next = Number.POSITIVE_INFINITY;
    for (const calendar of calendars) next = Math.min(next, calendar(time));
    for (const interval of compiled.intervals) next = Math.min(next, nextOfInterval(interval, time));
    if (next === Number.POSITIVE_INFINITY || next * 1000 > end) return;
    const skippedUntil = skips.skippedUntil(next);
    if (skippedUntil === undefined) {
      yield new Date(next * 1000);
      time = next;
      skipped = 0;
    } else {
      time = skippedUntil;
      skipped += 1;
      if (skipped > skipsInARow) throw skipsTooMuch(compiled, first);
    }
  }
}

const endOfYears = Date.UTC(lastYear + 1, 0) - 1;

/** Some tenths of a second of work. The server would go on and on: a spec like that must not reach it. */
const skipsInARow = 1_000_000;

function skipsTooMuch({ timezone }: CompiledSpec, after: number): AlmanacError {
  const from = new Date(after).toISOString();
  return new AlmanacError(
    'over-cap',
    `nothing fires: skip and skipDates cover more than ${skipsInARow} times in a row after ${from} (${timezone})`,
  );
}

/** Milliseconds are cut off and the quotient is rounded to zero, as the server does. */
function nextOfInterval({ every, offset }: CompiledInterval, after: number): number {
  const length = Math.max(Math.floor(every / 1000), 1);
  const phase = Math.floor(offset / 1000);
  return (Math.trunc((after - phase) / length) + 1) * length + phase;
}

/**
 * The next match of a calendar, found anew only when the last one has passed: a spec may hold a rare calendar beside a
 * frequent one. Near a change of the clock a match depends on where the search began, so there nothing is remembered.
 */
function remembering(times: CalendarTimes, zone: Zone): (after: number) => number {
  let from = Number.POSITIVE_INFINITY;
  let found = Number.NEGATIVE_INFINITY;
  return (after) => {
    if (from <= after && after < found && isFarFromChange(zone, after)) return found;
    from = after;
    found = times.next(after) ?? Number.POSITIVE_INFINITY;
    return found;
  };
}

const day = 86_400;

/** True when the offset stays the same for a day before and after. */
export function isFarFromChange(zone: Zone, time: number): boolean {
  const { start, end } = zone.segmentAt(time);
  return time - start > day && end - time > day;
}
