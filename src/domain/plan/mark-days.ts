import { AlmanacError } from '../errors.js';
import { calendarTimes } from '../spec/calendar-times.js';
import { type ClockChange, changedSpan, clockChanges, isGap } from '../spec/clock-change.js';
import type { CompiledCalendar, CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import { zoneOf } from '../spec/zone.js';
import type { FireTimeHorizon } from './compare-fire-times.js';
import type { PlanMark } from './plan.js';

/**
 * Days within the horizon on which clocks change or a date is skipped, as far as fire times are concerned; in order.
 * @param base the spec without what `dst` makes of it: the local times that are meant
 */
export function markDays(spec: CompiledSpec, horizon: FireTimeHorizon, base: CompiledSpec = spec): PlanMark[] {
  const marks = [...changedDays(spec, base, horizon), ...skippedDates(spec, horizon)];
  return marks.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

function changedDays(spec: CompiledSpec, base: CompiledSpec, { start, end }: FireTimeHorizon): PlanMark[] {
  if (base.calendars.length === 0) return [];
  const changes = clockChanges(zoneOf(spec.timezone), Math.floor(start.getTime() / 1000), end.getTime() / 1000);
  return [...changes].flatMap((change): PlanMark[] => {
    const { start: from, end: to } = changedSpan(change);
    const meant = timesBetween({ ...unbounded(base), intervals: [], timezone: 'UTC' }, from, to);
    if (meant.length === 0) return [];
    const fired = new Set(timesBetween(unbounded(spec), change.at - dayAround, change.at + dayAround));
    const outcomeOf = isGap(change) ? gapOutcome : foldOutcome;
    const outcomes = new Map<string, number[]>();
    for (const wall of meant) {
      const outcome = outcomeOf(wall, change, fired);
      outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), wall]);
    }
    const [old, now] = [localText(change.at + change.before), localText(change.at + change.after)];
    const texts = [...outcomes].map(
      ([outcome, walls]) => `${someOf(walls.map((wall) => localText(wall).time))} ${outcome}`,
    );
    return [
      {
        date: old.date,
        kind: isGap(change) ? 'dst-gap' : 'dst-fold',
        count: meant.length,
        text: `clocks go from ${old.time} to ${now.time} (${spec.timezone}): ${texts.join('; ')}`,
      },
    ];
  });
}

/** The server's search goes by where it began, so it begins well before the change. */
const dayAround = 26 * 3600;

/** By the old clock the time would be this instant, which is what `shift` makes of it. */
function gapOutcome(wall: number, { before }: ClockChange, fired: ReadonlySet<number>): string {
  return fired.has(wall - before) ? 'does not exist and fires later by as much' : 'does not exist and does not fire';
}

function foldOutcome(wall: number, { before, after }: ClockChange, fired: ReadonlySet<number>): string {
  const [first, second] = [fired.has(wall - before), fired.has(wall - after)];
  if (first && second) return 'comes twice and fires twice';
  if (!first && !second) return 'comes twice and does not fire';
  return `comes twice and fires the ${first ? 'first' : 'second'} time`;
}

function unbounded({ startAt: _start, endAt: _end, ...spec }: CompiledSpec): CompiledSpec {
  return spec;
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
