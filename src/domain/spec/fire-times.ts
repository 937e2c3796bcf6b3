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
 * All fire times after an instant (exclusive), one at a time, until `endAt` or the end of 2100. They ascend, but for
 * local days that a zone has left out (Apia 2011-12-30): there the server goes round in a circle, and so does this.
 * @throws AlmanacError `over-cap` when the skips leave nothing of very many times in a row
 */
export function* iterateFireTimes(compiled: CompiledSpec, after: Date): Generator<Date, void, undefined> {
  const candidates = candidatesOf(compiled);
  let time = candidates.firstAfter(after);
  for (let skipped = 0; ; ) {
    const next = candidates.next(time);
    if (next === undefined) return;
    const skippedUntil = candidates.skippedUntil(next);
    if (skippedUntil === undefined) {
      yield new Date(next * 1000);
      time = next;
      skipped = 0;
    } else {
      time = skippedUntil;
      skipped += 1;
      if (skipped > stepsOverSkips) throw skipsTooMuch(compiled, after);
    }
  }
}

/**
 * How many times in a row the skips leave out after an instant, counted up to `atMost`. The server looks at each of
 * them on its way to the next fire time, so a large number stops its scheduler.
 */
export function skippedInARow(compiled: CompiledSpec, after: Date, atMost: number): number {
  const candidates = candidatesOf(compiled);
  let time = candidates.firstAfter(after);
  for (let skipped = 0; skipped < atMost; skipped += 1) {
    const next = candidates.next(time);
    if (next === undefined || candidates.skippedUntil(next) === undefined) return skipped;
    time = next;
  }
  return atMost;
}

/** Times in whole seconds that calendars and intervals give, and what skips make of them. */
interface Candidates {
  firstAfter(instant: Date): number;
  next(after: number): number | undefined;
  /** As {@link SkipRules.skippedUntil}. */
  skippedUntil(time: number): number | undefined;
}

function candidatesOf(compiled: CompiledSpec): Candidates {
  const { intervals, startAt = 0, endAt = Number.POSITIVE_INFINITY } = compiled;
  const zone = zoneOf(compiled.timezone);
  const calendars = compiled.calendars.map((calendar) => remembering(calendarTimes(calendar, zone), zone));
  const end = Math.min(endAt, endOfYears) / 1000;
  return {
    // The first second of the allowed range may itself fire; nothing fires before 1970.
    firstAfter: (instant) => Math.floor(Math.max(instant.getTime(), startAt - 1000) / 1000),
    next(after) {
      let next = Number.POSITIVE_INFINITY;
      for (const calendar of calendars) next = Math.min(next, calendar(after));
      for (const interval of intervals) next = Math.min(next, nextOfInterval(interval, after));
      return next > end ? undefined : next;
    },
    skippedUntil: skipRules(compiled.skip, zone).skippedUntil,
  };
}

const endOfYears = Date.UTC(lastYear + 1, 0) - 1;

/** Some tenths of a second of work. */
const stepsOverSkips = 300_000;

function skipsTooMuch({ timezone }: CompiledSpec, after: Date): AlmanacError {
  return new AlmanacError(
    'over-cap',
    `nothing fires for very long: skip and skipDates leave no time after ${after.toISOString()} (${timezone})`,
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
