import type { Cli } from '../cli.js';
import { type Cell, formatTable } from './table.js';
import { formatRelative, localTime } from './time.js';

/**
 * Fire times as the clocks of the schedule's timezone show them, with the way to go from now; a change of the UTC
 * offset between two of them is marked, since that is where a night job surprises.
 *
 * @param times milliseconds, ascending
 */
export function fireTimeLines(times: readonly number[], timezone: string, cli: Cli): string[] {
  const rows = times.map((time, index): Cell[] => {
    const { weekday, date, time: clock, offset } = localTime(time, timezone);
    const previous = times[index - 1];
    const before = previous === undefined ? offset : localTime(previous, timezone).offset;
    const change = before === offset ? '' : `clocks changed: ${before} to ${offset}`;
    return [
      weekday,
      `${date} ${clock}`,
      { text: offset, tone: change === '' ? undefined : 'warn' },
      { text: formatRelative(time, cli.host.now()), tone: 'faint' },
      { text: change, tone: 'warn' },
    ];
  });
  return formatTable(['DAY', timezone, 'OFFSET', 'FROM NOW', ''], rows, cli.out.paint);
}
