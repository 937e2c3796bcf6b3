import { AlmanacError } from '../errors.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';

/** Both ends inclusive. */
export interface BackfillRange {
  start: Date;
  end: Date;
}

const dayMs = 86_400_000;
const longestDays = 3_653;
/** Clocks differ: an end that is hardly in the future is meant as now. */
const leewayMs = 60_000;
/** So far slots are counted for the message; further costs time and says no more. */
const countedAtMost = 250_000;

/**
 * The range with its end not after now.
 * @throws AlmanacError invalid-input for an end before the start, a future end, or more than ten years
 */
export function checkRange({ start, end }: BackfillRange, now: Date): BackfillRange {
  const fault = (path: string, message: string, value: Date) =>
    new AlmanacError('invalid-input', `the range of the backfill is not valid: ${path} ${message}`, {
      details: [{ path, message, value: value.toISOString() }],
    });
  if (end < start) throw fault('end', `must not be before start (${start.toISOString()})`, end);
  const [late, path] = start > now ? [start, 'start'] : [end, 'end'];
  if (late.getTime() > now.getTime() + leewayMs) {
    throw fault(path, `is in the future: a backfill runs what is past, it is ${now.toISOString()} now`, late);
  }
  if (end.getTime() - start.getTime() > longestDays * dayMs) {
    throw fault('start', 'is more than ten years before end: ask for a shorter range', start);
  }
  return { start, end: end > now ? now : end };
}

/**
 * Every nominal fire time of a range in seconds since 1970, ascending, each once.
 * @throws AlmanacError over-cap when there are more than `max`, or the skips leave nothing of very many times in a row
 */
export function slotsBetween(compiled: CompiledSpec, { start, end }: BackfillRange, max: number): number[] {
  const slots = new Set<number>();
  let count = 0;
  // The engine excludes its start instant.
  for (const time of iterateFireTimes(compiled, new Date(start.getTime() - 1))) {
    if (time > end) break;
    count += 1;
    if (count > countedAtMost) break;
    if (count <= max) slots.add(time.getTime() / 1000);
  }
  if (count > max) throw overCap(count, max);
  // In a local day that a zone left out the server's own times go round in a circle.
  return [...slots].sort((a, b) => a - b);
}

function overCap(count: number, max: number): AlmanacError {
  const many = count > countedAtMost ? `more than ${format(countedAtMost)}` : format(count);
  return new AlmanacError(
    'over-cap',
    `the range has ${many} slots and one backfill may have ${format(max)}: ask for a shorter range, or raise ALMANAC_BACKFILL_MAX`,
    { details: [{ path: 'end', message: `at most ${format(max)} slots`, value: Math.min(count, countedAtMost) }] },
  );
}

function format(count: number): string {
  return count.toLocaleString('en');
}
