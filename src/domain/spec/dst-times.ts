import type { DstPolicy } from '../definition/spec.js';
import { calendarTimes } from './calendar-times.js';
import { type ClockChange, changedSpan, isGap, type LocalSpan } from './clock-change.js';
import { daySeconds } from './clock-times.js';
import type { CompiledCalendar } from './compiled-spec.js';
import type { Zone } from './zone.js';

/** What a calendar does around one change of the clock, against what it should do. */
export interface ChangeOutcome {
  /** Local whole hours that hold everything that the change touches. */
  span: LocalSpan;
  /** When it should fire within the span, in seconds since 1970, ascending. */
  wanted: number[];
  /**
   * `right`: the server fires so by itself, wherever its search begins; `silent`: it fires at nothing within the span;
   * `wrong`: anything else.
   */
  server: 'right' | 'silent' | 'wrong';
}

const hour = 3_600;

/** Asked about many changes of one calendar. */
export function changeOutcomes(
  calendar: CompiledCalendar,
  zone: Zone,
  policy: DstPolicy,
): (change: ClockChange) => ChangeOutcome {
  const byServer = calendarTimes(calendar, zone);
  const onClock = calendarTimes(calendar, { segmentAt: () => steady });
  return (change) => {
    const span = touchedSpan(change);
    const wanted = wantedTimes(onClock.next, span, change, policy);
    const first = span.start - change.before;
    const end = span.end - change.after;
    let right = true;
    let silent = true;
    for (const from of startsOfSearch(first, end, change.at, wanted)) {
      const found = byServer.next(from) ?? Number.POSITIVE_INFINITY;
      const should = wanted.find((time) => time > from) ?? Number.POSITIVE_INFINITY;
      if (found < end) silent = false;
      if (found !== should && (found < end || should < end)) right = false;
    }
    return { span, wanted, server: right ? 'right' : silent ? 'silent' : 'wrong' };
  };
}

const steady = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, offset: 0 };

/**
 * An hour around what changes, for the server's walk looks at the hours before and after. Where midnight is left out it takes the
 * day for the one before: there the whole day is touched.
 */
function touchedSpan(change: ClockChange): LocalSpan {
  const { start, end } = changedSpan(change);
  const midnight = Math.ceil(start / daySeconds) * daySeconds;
  const afterwards = end + Math.max(end - start, hour);
  const last = isGap(change) && midnight < end ? Math.max(afterwards, midnight + daySeconds) : afterwards;
  return { start: Math.floor(start / hour) * hour - hour, end: Math.ceil(last / hour) * hour };
}

function wantedTimes(
  next: (after: number) => number | undefined,
  span: LocalSpan,
  { at, before, after }: ClockChange,
  policy: DstPolicy,
): number[] {
  const times = new Set<number>();
  for (let wall = next(span.start - 1); wall !== undefined && wall < span.end; wall = next(wall)) {
    const [early, late] = [wall - before, wall - after];
    const [isEarly, isLate] = [early < at, late >= at];
    // In a gap the instant by the old clock is the shifted one.
    if (isEarly || (!isLate && policy.gap === 'shift')) times.add(early);
    if (isLate && !(isEarly && policy.fold === 'first')) times.add(late);
  }
  return [...times].sort((a, b) => a - b);
}

/** Places between which the server's walk goes the same way: hours and half hours, the change, and what is wanted. */
function startsOfSearch(first: number, end: number, at: number, wanted: number[]): Set<number> {
  const starts = new Set<number>();
  for (let time = first; time < end; time += hour / 2) starts.add(time - 1).add(time);
  for (const time of [at, ...wanted]) starts.add(time - 1).add(time);
  return starts;
}
