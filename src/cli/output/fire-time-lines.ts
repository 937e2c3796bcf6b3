import { zoneOf } from '../../domain/spec/zone.js';
import type { Cli } from '../cli.js';
import { type Cell, formatTable } from './table.js';
import { formatRelative, localTime } from './time.js';

/**
 * Fire times as the clocks of the schedule's timezone show them, with the way to go from now. A change of the UTC offset between
 * two of them and local times that come twice are marked, since that is where a night job surprises.
 *
 * @param times milliseconds, ascending
 */
export function fireTimeLines(times: readonly number[], timezone: string, cli: Cli): string[] {
  const rows = times.map((time, index): Cell[] => {
    const { weekday, date, time: clock, offset } = localTime(time, timezone);
    const previous = times[index - 1];
    const before = previous === undefined ? offset : localTime(previous, timezone).offset;
    const change = before === offset ? [] : [`clocks changed: ${before} to ${offset}`];
    const copy = repeatedCopy(time, timezone);
    const marks = [...change, ...(copy === undefined ? [] : [`comes twice that day: the ${copy}`])];
    return [
      weekday,
      `${date} ${clock}`,
      { text: offset, tone: marks.length === 0 ? undefined : 'warn' },
      { text: formatRelative(time, cli.host.now()), tone: 'faint' },
      { text: marks.join('; '), tone: 'warn' },
    ];
  });
  return formatTable(['DAY', timezone, 'OFFSET', 'FROM NOW', ''], rows, cli.out.paint);
}

/** Which of two equal local times an instant is, where a change of the clock makes two of them. */
function repeatedCopy(instant: number, timezone: string): 'first' | 'second' | undefined {
  const zone = zoneOf(timezone);
  const seconds = Math.floor(instant / 1000);
  const { start, end, offset } = zone.segmentAt(seconds);
  const before = Number.isFinite(start) ? zone.segmentAt(start - 1).offset : offset;
  const after = Number.isFinite(end) ? zone.segmentAt(end).offset : offset;
  if (seconds - start < before - offset) return 'second';
  return end - seconds <= offset - after ? 'first' : undefined;
}
