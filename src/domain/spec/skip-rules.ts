import { calendarTimes } from './calendar-times.js';
import type { CompiledCalendar, Range } from './compiled-spec.js';
import type { Zone } from './zone.js';

export interface SkipRules {
  /**
   * Undefined when the time is not skipped; else a time from which to look on, at or after the given one, with nothing
   * but skipped seconds up to it.
   */
  skippedUntil(time: number): number | undefined;
}

/** Times that skip calendars leave out, with as much of the skipped stretch at once as one calendar shows. */
export function skipRules(skip: CompiledCalendar[], zone: Zone): SkipRules {
  const rules = skip.map((calendar) => ({
    matches: calendarTimes(calendar, zone).matches,
    unit: skippedUnit(calendar),
  }));
  return {
    skippedUntil(time) {
      let until: number | undefined;
      for (const { matches, unit } of rules) {
        if (!matches(time)) continue;
        until = Math.max(until ?? time, endOfUnit(time, unit, zone));
        if (unit === day) break;
      }
      return until;
    },
  };
}

const day = 86_400;

/** The length of what a match of the calendar skips whole: 86400, 3600, 60 or 1 second. */
function skippedUnit(calendar: CompiledCalendar): number {
  if (!isWhole(calendar.second, 60)) return 1;
  if (!isWhole(calendar.minute, 60)) return 60;
  return isWhole(calendar.hour, 24) ? day : 3600;
}

function isWhole(ranges: Range[], size: number): boolean {
  return ranges.some(({ start, end, step }) => start === 0 && end === size - 1 && step === 1);
}

/**
 * The last second of the local day, hour or minute, as far as that is well away from changes of the clock: near those,
 * where the search for the next time begins decides what it finds.
 */
function endOfUnit(time: number, unit: number, zone: Zone): number {
  const { start, end, offset } = zone.segmentAt(time);
  if (time - start < margin || end - time < margin) return time;
  const isLongChange = (neighbour: number) => Math.abs(zone.segmentAt(neighbour).offset - offset) > margin / 3;
  if (isLongChange(start - 1) || isLongChange(end)) return time;
  const last = time + unit - 1 - ((((time + offset) % unit) + unit) % unit);
  return Math.min(last, end - margin);
}

const margin = 6 * 3600;
