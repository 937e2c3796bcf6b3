import { calendarTimes } from '../spec/calendar-times.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import { localText } from '../spec/local-text.js';
import { zoneOf } from '../spec/zone.js';
import type { Era, ExpectedSlot, ScheduleRules, SkipMatch } from './slot-facts.js';

export interface SlotWindow {
  /** Exclusive. */
  start: number;
  /** Inclusive. */
  end: number;
  limit: number;
}

export interface ExpectedSlots {
  slots: ExpectedSlot[];
  /** True when there are more in the window. */
  truncated: boolean;
}

/**
 * Every fire time in the window by the rules of its own time, those that skips take out included.
 * @param eras ascending, at least one; before the first, its rules stand in and are marked so
 * @param createdAt from here on the first era is known to hold only if it began then
 */
export function expectedSlots(eras: readonly Era[], createdAt: number, window: SlotWindow): ExpectedSlots {
  const slots: ExpectedSlot[] = [];
  for (const [index, era] of eras.entries()) {
    const from = index === 0 ? Number.NEGATIVE_INFINITY : era.from;
    const start = Math.max(window.start, from);
    const end = Math.min(window.end, eras[index + 1]?.from ?? Number.POSITIVE_INFINITY);
    if (end <= start) continue;
    const skipOf = skipFinder(era.rules);
    for (const time of unskippedTimes(era.rules, start)) {
      if (time > end) break;
      if (slots.length >= window.limit) return { slots, truncated: true };
      const rulesKnown = time > era.from || time < createdAt;
      slots.push({ time, rules: era.rules, rulesKnown, skip: skipOf(time), due: time, slack: era.rules.spec.jitter });
    }
  }
  return { slots, truncated: false };
}

/**
 * Slots with the instants at which the server fires them, jitter included: each is at or after its own time and before
 * the next one's.
 * @param due ascending, as ListScheduleMatchingTimes gives them
 */
export function withDueTimes(slots: readonly ExpectedSlot[], due: readonly number[]): ExpectedSlot[] {
  let next = 0;
  return slots.map((slot, index) => {
    while ((due[next] ?? Number.POSITIVE_INFINITY) < slot.time) next += 1;
    const found = due[next];
    const end = Math.min(slots[index + 1]?.time ?? Number.POSITIVE_INFINITY, slot.time + slot.slack + 1);
    return found === undefined || found >= end ? slot : { ...slot, due: found, slack: 0 };
  });
}

/** Fire times as if nothing were skipped. Each once and ascending, also where a zone left out a day. */
function* unskippedTimes({ spec, skips }: ScheduleRules, start: number): Generator<number, void, undefined> {
  let last = Number.NEGATIVE_INFINITY;
  for (const time of iterateFireTimes({ ...spec, skip: spec.skip.slice(skips) }, new Date(start))) {
    // The server's walk goes round in a circle at a local day that never was; a list of slots must end.
    if (time.getTime() <= last) return;
    last = time.getTime();
    yield last;
  }
}

function skipFinder({ spec, skips, skipPaths }: ScheduleRules): (time: number) => SkipMatch | undefined {
  const zone = zoneOf(spec.timezone);
  const matchers = spec.skip.slice(0, skips).map((calendar) => calendarTimes(calendar, zone).matches);
  return (time) => {
    const index = matchers.findIndex((matches) => matches(Math.floor(time / 1000)));
    if (index === -1) return undefined;
    return {
      path: skipPaths[index],
      comment: spec.skip[index]?.comment ?? '',
      date: localText(new Date(time), spec.timezone).slice(0, 10),
    };
  };
}
