import type { Calendar, ScheduleSpec } from '../definition/spec.js';
import { AlmanacError, type ErrorDetail } from '../errors.js';
import { isFault } from './calendar-field.js';
import { idleSteps, lostSunday, missingDay } from './check-calendars.js';
import { type Compilation, tryCompileSpec } from './compile-spec.js';
import type { CompiledCalendar, CompiledSpec } from './compiled-spec.js';
import { parseCron } from './cron.js';
import { iterateFireTimes, skippedInARow } from './fire-times.js';
import { warnClassicReading } from './warn-classic.js';
import { warnDriftingInterval } from './warn-interval.js';

export interface SpecReport {
  /** What keeps the spec from being stored. */
  errors: ErrorDetail[];
  /** What is probably not meant. */
  warnings: ErrorDetail[];
}

/**
 * Everything that is wrong or doubtful about a spec, with paths relative to it (`cron[0]`, `calendars[1].hour`; empty
 * for the spec itself). Dates of a `skipDates` file are taken into account only once it has been replaced by its dates.
 */
export function checkSpec(spec: ScheduleSpec, now: Date = new Date()): SpecReport {
  const readable = typeof spec.skipDates === 'string' ? { ...spec, skipDates: [] } : spec;
  const compilation = tryCompileSpec(readable);
  const parts = checkParts(readable, compilation, now);
  const errors = [...compilation.faults, ...parts.errors];
  // A spec with a fault in it is not judged as a whole.
  const whole = errors.length > 0 ? { errors: [], warnings: [] } : checkWhole(compilation.compiled, now);
  return { errors: [...errors, ...whole.errors], warnings: [...parts.warnings, ...whole.warnings] };
}

/** Each cron, calendar and interval by itself. */
function checkParts(spec: ScheduleSpec, { base: compiled, paths }: Compilation, now: Date): SpecReport {
  const errors: ErrorDetail[] = [];
  const warnings: ErrorDetail[] = [];
  for (const [index, calendar] of compiled.calendars.entries()) {
    const path = paths.calendars[index] ?? '';
    const value = entryAt(spec, path);
    const alone: CompiledSpec = {
      calendars: [calendar],
      intervals: [],
      skip: [],
      timezone: compiled.timezone,
      jitter: 0,
    };
    if (firstFireTime(alone, now) === undefined) {
      if (firstFireTime(alone, new Date(0)) === undefined) {
        errors.push({ path, message: `never fires: ${whyNever(calendar)}`, value });
        continue;
      }
      warnings.push({ path, message: `has no fire time left after ${now.toISOString()}`, value });
    }
    for (const { field, range } of idleSteps(calendar)) {
      const message = `${field}: the step ${range.step} goes beyond ${range.end}, so only ${range.start} matches`;
      warnings.push({ path, message, value });
    }
    const sunday = lostSunday(dayOfWeekOf(value));
    if (sunday !== undefined) {
      const message = `dayOfWeek: the server reads ${sunday} as 1-6 and leaves out Sunday; write 0-6 or *`;
      warnings.push({ path, message, value });
    }
    if (typeof value === 'string') warnings.push(...warnClassicReading(alone, value, path, now));
  }
  for (const [index, interval] of compiled.intervals.entries()) {
    warnings.push(...warnDriftingInterval(interval, compiled.timezone, paths.intervals[index] ?? '', now));
  }
  return { errors, warnings };
}

/**
 * More than this many skipped in a row hold up the server's scheduler, which looks at each of them, in each calendar (measured
 * with one calendar; an interval costs a twentieth of one).
 */
export function skippedLimit({ calendars, intervals }: CompiledSpec): number {
  return Math.floor(100_000 / Math.max(1, calendars.length + intervals.length / 20));
}

function checkWhole(compiled: CompiledSpec, now: Date): SpecReport {
  const isOver = firstFireTime(compiled, now) === undefined;
  if (isOver && firstFireTime(compiled, new Date(0)) === undefined)
    return { errors: [{ path: '', message: `never fires: ${whyNothing(compiled)}` }], warnings: [] };
  const limit = skippedLimit(compiled);
  if (skippedInARow(compiled, now, limit) >= limit) {
    const message = `the skips leave out more than ${limit} fire times in a row after ${now.toISOString()}, over which the server's scheduler stops; set startAt or endAt, or let it fire less often`;
    return { errors: [{ path: '', message }], warnings: [] };
  }
  if (!isOver) return { errors: [], warnings: [] };
  return { errors: [], warnings: [{ path: '', message: `has no fire time left after ${now.toISOString()}` }] };
}

function whyNever(calendar: CompiledCalendar): string {
  return missingDay(calendar) ?? 'no date until 2100 has this year, month, dayOfMonth and dayOfWeek';
}

function whyNothing(compiled: CompiledSpec): string {
  const { startAt, endAt, ...unbounded } = compiled;
  if (firstFireTime({ ...unbounded, skip: [] }, new Date(0)) === undefined) return 'give cron, intervals or calendars';
  if (firstFireTime({ ...compiled, skip: [] }, new Date(0)) === undefined) {
    const until = endAt === undefined ? 'the end of 2100' : `endAt (${new Date(endAt).toISOString()})`;
    const from = startAt === undefined ? '' : ` from startAt (${new Date(startAt).toISOString()})`;
    return `nothing matches${from} until ${until}`;
  }
  return 'skip and skipDates cover every fire time';
}

/** The first fire time after an instant; none also when the skips leave nothing for very long. */
function firstFireTime(compiled: CompiledSpec, after: Date): Date | undefined {
  try {
    return iterateFireTimes(compiled, after).next().value ?? undefined;
  } catch (error) {
    if (error instanceof AlmanacError && error.code === 'over-cap') return undefined;
    throw error;
  }
}

/** What stands at `cron[0]`, `calendars[1]`. */
function entryAt(spec: ScheduleSpec, path: string): string | Calendar | undefined {
  const index = Number(/\[(\d+)\]$/.exec(path)?.[1]);
  return path.startsWith('cron') ? spec.cron?.[index] : spec.calendars?.[index];
}

function dayOfWeekOf(entry: string | Calendar | undefined): string {
  if (typeof entry !== 'string') return entry?.dayOfWeek ?? '';
  const cron = parseCron(entry);
  return isFault(cron) || cron.kind === 'interval' ? '' : (cron.fields.dayOfWeek ?? '');
}
