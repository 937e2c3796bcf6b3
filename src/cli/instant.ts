import { parseDuration } from '../domain/duration.js';
import { AlmanacError } from '../domain/errors.js';
import { zoneOf } from '../domain/spec/zone.js';

interface InstantContext {
  /** How messages name it, such as `--from`. */
  flag: string;
  /** IANA name: where a date without an offset is read. */
  timezone: string;
  /** Milliseconds. */
  now: number;
}

const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/i;
const local = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/;
const relative = /^([+-])(.+)$/;

/**
 * An instant as people write it: ISO 8601 with an offset; a date, or date and time, on the clocks of the schedule's
 * timezone; `now`; or a duration from now, as in `+7d` or `-12h`.
 *
 * @throws AlmanacError `invalid-input` naming the flag
 */
export function parseInstant(text: string, { flag, timezone, now }: InstantContext): Date {
  const ms = milliseconds(text.trim(), timezone, now);
  if (ms !== undefined && !Number.isNaN(new Date(ms).getTime())) return new Date(ms);
  throw new AlmanacError('invalid-input', `${flag} is no time: ${JSON.stringify(text)}`, {
    details: [{ path: flag, message: 'write 2026-11-23, 2026-11-23T08:30, 2026-11-23T08:30:00Z, now, +7d or -12h' }],
  });
}

function milliseconds(text: string, timezone: string, now: number): number | undefined {
  if (text === 'now') return now;
  if (withOffset.test(text)) return realDate(text) ? Date.parse(text) : undefined;
  if (local.test(text)) return realDate(text) ? localToInstant(text, timezone) : undefined;
  const [, sign, amount = ''] = relative.exec(text) ?? [];
  const span = parseDuration(amount);
  return span === undefined ? undefined : now + (sign === '-' ? -span : span);
}

/** Date.parse turns 30 February into 2 March. */
function realDate(text: string): boolean {
  const date = text.slice(0, 10);
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

/** In a gap the clocks show the time an hour later; in a fold the first of the two is meant. */
function localToInstant(text: string, timezone: string): number | undefined {
  const [date, time = '00:00'] = text.split(/[T ]/);
  const asUtc = Date.parse(`${date}T${time}Z`) / 1000;
  if (Number.isNaN(asUtc)) return undefined;
  const zone = zoneOf(timezone);
  const candidates = [-86_400, 86_400].map((shift) => asUtc - zone.segmentAt(asUtc + shift).offset);
  const exact = candidates.find((candidate) => candidate + zone.segmentAt(candidate).offset === asUtc);
  return (exact ?? candidates[0] ?? asUtc) * 1000;
}
