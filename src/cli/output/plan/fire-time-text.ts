import type { FireTimeChanges } from '../../../domain/plan/plan.js';
import { count } from '../text.js';
import { localTime } from '../time.js';

/** `Mon 2026-11-23 08:30 +01:00`; seconds only where there are any. */
export function fireTimeText(instant: string, timezone: string): string {
  const { weekday, date, time, offset } = localTime(Date.parse(instant), timezone);
  return `${weekday} ${date} ${time.replace(/:00$/, '')} ${offset}`;
}

/** `22 fire times: Mon 2026-11-23 08:30 +01:00, … and 19 more`. */
export function someFireTimes(times: readonly string[], more: number, timezone: string, shown: number): string {
  const texts = times.slice(0, shown).map((time) => fireTimeText(time, timezone));
  const left = times.length - texts.length + more;
  const rest = left === 0 ? '' : ` and ${left.toLocaleString('en')} more`;
  return `${count(times.length + more, 'fire time')}: ${texts.join(', ')}${rest}`;
}

/** How many are gained and lost, those that no list shows included. */
export function fireTimeCounts({ gained, lost, moreGained = 0, moreLost = 0 }: FireTimeChanges) {
  return { gained: gained.length + moreGained, lost: lost.length + moreLost };
}
