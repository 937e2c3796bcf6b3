import { AlmanacError } from '../errors.js';
import { calendarTimes } from '../spec/calendar-times.js';
import type { CompiledCalendar, CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import { type Zone, zoneOf } from '../spec/zone.js';
import type { FireTimeHorizon } from './compare-fire-times.js';
import type { PlanMark } from './plan.js';

/** Days within the horizon on which clocks change or a date is skipped, as far as fire times are concerned; in order. */
export function markDays(spec: CompiledSpec, horizon: FireTimeHorizon): PlanMark[] {
  const marks = [...clockChanges(spec, horizon), ...skippedDates(spec, horizon)];
  return marks.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

interface ClockChange {
  /** Seconds since 1970. */
  at: number;
  /** Local time minus UTC in seconds, before and after. */
  before: number;
  after: number;
}

function clockChanges(spec: CompiledSpec, horizon: FireTimeHorizon): PlanMark[] {
  if (spec.calendars.length === 0) return [];
  return [...changesOf(zoneOf(spec.timezone), horizon)].flatMap((change) => {
    const times = change.after > change.before ? missingTimes(spec, change) : repeatedTimes(spec, change);
    if (times.length === 0) return [];
    const [from, to] = [localText(change.at + change.before), localText(change.at + change.after)];
    const clocks = `clocks go from ${from.time} to ${to.time} (${spec.timezone})`;
    const what = change.after > change.before ? 'does not exist and does not fire' : 'comes twice and fires twice';
    return [
      {
        date: from.date,
        kind: change.after > change.before ? ('dst-gap' as const) : ('dst-fold' as const),
        count: times.length,
        text: `${clocks}: ${someOf(times.map((time) => localText(time).time))} ${what}`,
      },
    ];
  });
}

function* changesOf(zone: Zone, { start, end }: FireTimeHorizon): Generator<ClockChange> {
  const last = end.getTime() / 1000;
  for (let at = Math.floor(start.getTime() / 1000); ; ) {
    const segment = zone.segmentAt(at);
    if (segment.end > last) return;
    const after = zone.segmentAt(segment.end).offset;
    if (after !== segment.offset) yield { at: segment.end, before: segment.offset, after };
    at = segment.end;
  }
}

/** Local times, as seconds of a clock that never changes, at which the calendars would fire if the gap were not there. */
function missingTimes(spec: CompiledSpec, { at, before, after }: ClockChange): number[] {
  const unchanging: CompiledSpec = { ...calendarsOf(spec), timezone: 'UTC' };
  return timesBetween(unchanging, at + before, at + after);
}

function repeatedTimes(spec: CompiledSpec, { at, before, after }: ClockChange): number[] {
  const length = before - after;
  const first = timesBetween(calendarsOf(spec), at - length, at).map((time) => time + before);
  const second = new Set(timesBetween(calendarsOf(spec), at, at + length).map((time) => time + after));
  return first.filter((time) => second.has(time));
}

/** Intervals count in UTC and know no clock changes. */
function calendarsOf({ startAt: _start, endAt: _end, ...spec }: CompiledSpec): CompiledSpec {
  return { ...spec, intervals: [] };
}

/** In seconds, the start inclusive and the end exclusive. */
function timesBetween(spec: CompiledSpec, start: number, end: number): number[] {
  return [...timesUntil(spec, new Date((start - 1) * 1000), new Date((end - 1) * 1000), clockChangeSteps)];
}

/** More fire times around one change of the clock than anybody reads of. */
const clockChangeSteps = 10_000;

function* timesUntil(spec: CompiledSpec, start: Date, end: Date, steps: number): Generator<number> {
  let left = steps;
  try {
    for (const time of iterateFireTimes(spec, start)) {
      if (time > end || left === 0) return;
      left -= 1;
      yield time.getTime() / 1000;
    }
  } catch (error) {
    // The skips leave nothing for very long: there is nothing to tell of.
    if (!(error instanceof AlmanacError && error.code === 'over-cap')) throw error;
  }
}

function skippedDates(spec: CompiledSpec, { start, end, steps }: FireTimeHorizon): PlanMark[] {
  const dated = spec.skip.filter(namesDate);
  if (dated.length === 0) return [];
  const zone = zoneOf(spec.timezone);
  const rules = dated.map((calendar) => ({ calendar, matches: calendarTimes(calendar, zone).matches }));
  const days = new Map<string, { count: number; comment: string }>();
  for (const time of timesUntil({ ...spec, skip: [] }, start, end, steps)) {
    const rule = rules.find(({ matches }) => matches(time));
    if (rule === undefined) continue;
    const { date } = localText(time + zone.segmentAt(time).offset);
    const day = days.get(date) ?? { count: 0, comment: rule.calendar.comment };
    days.set(date, { ...day, count: day.count + 1 });
  }
  return [...days].map(([date, { count, comment }]) => ({
    date,
    kind: 'skipped',
    count,
    text: `skipped${comment === '' ? '' : ` (${comment})`}: ${count === 1 ? '1 fire time' : `${count} fire times`}`,
  }));
}

/** A skip of certain hours or weekdays is how the schedule always is; a skip of a date is worth a word. */
function namesDate({ dayOfMonth, month, year }: CompiledCalendar): boolean {
  const isAny = (ranges: CompiledCalendar['month'], first: number, last: number) =>
    ranges.length === 0 || ranges.some(({ start, end, step }) => start === first && end === last && step === 1);
  return !isAny(dayOfMonth, 1, 31) || !isAny(month, 1, 12) || year.length > 0;
}

/** Seconds of a local clock as text. */
function localText(seconds: number): { date: string; time: string } {
  const text = new Date(seconds * 1000).toISOString();
  return { date: text.slice(0, 10), time: text.slice(17, 19) === '00' ? text.slice(11, 16) : text.slice(11, 19) };
}

function someOf(times: readonly string[]): string {
  if (times.length <= 3) return times.join(', ');
  return `${times.slice(0, 2).join(', ')} and ${times.length - 2} more`;
}
