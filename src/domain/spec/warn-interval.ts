import { formatDuration } from '../duration.js';
import type { ErrorDetail } from '../errors.js';
import type { CompiledInterval } from './compiled-spec.js';
import { zoneOf } from './zone.js';

const day = 86_400_000;

/**
 * A warning when an interval of whole days stands beside a timezone whose clock changes: it fires at one time of day in
 * UTC, so at two times of day there.
 */
export function warnDriftingInterval(
  { every, offset }: CompiledInterval,
  timezone: string,
  path: string,
  now: Date,
): ErrorDetail[] {
  if (every % day !== 0) return [];
  const offsets = offsetsAhead(timezone, now);
  if (offsets.length < 2) return [];
  const clock = (shift: number) => new Date(1000 * day + (offset % day) + shift * 1000).toISOString().slice(11, 16);
  const local = offsets.map(clock).join(' or ');
  const [hour, minute] = clock(offsets[0] ?? 0)
    .split(':')
    .map(Number);
  const cron =
    every === day ? `"${minute} ${hour} * * *"` : `such as "${minute} ${hour} * * *" with the days it should fire`;
  return [
    {
      path,
      message: `intervals know no timezone: every ${formatDuration(every)} fires at ${clock(0)} UTC, which is ${local} in ${timezone} over the year. For one time of day there write a cron, ${cron}`,
      value: formatDuration(every),
    },
  ];
}

/** The offsets in seconds that a zone has over the next year, in order of appearance. */
function offsetsAhead(timezone: string, now: Date): number[] {
  const zone = zoneOf(timezone);
  const offsets = new Set<number>();
  const start = Math.floor(now.getTime() / 1000);
  for (let time = start; time < start + 366 * 86_400; time = zone.segmentAt(time).end) {
    offsets.add(zone.segmentAt(time).offset);
  }
  return [...offsets];
}
