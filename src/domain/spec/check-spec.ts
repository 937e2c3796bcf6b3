import type { ScheduleSpec } from '../definition/spec.js';
import { AlmanacError, type ErrorDetail } from '../errors.js';
import { tryCompileSpec } from './compile-spec.js';
import type { CompiledSpec } from './compiled-spec.js';
import { iterateFireTimes } from './fire-times.js';

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
  const checked = typeof spec.skipDates === 'string' ? { ...spec, skipDates: [] } : spec;
  const { compiled, faults } = tryCompileSpec(checked);
  if (faults.length > 0) return { errors: faults, warnings: [] };
  const first = firstFireTime(compiled, new Date(0));
  if (first === undefined) return { errors: [{ path: '', message: 'the spec never fires' }], warnings: [] };
  if (firstFireTime(compiled, now) === undefined) {
    return { errors: [], warnings: [{ path: '', message: `nothing is left to fire after ${now.toISOString()}` }] };
  }
  return { errors: [], warnings: [] };
}

/** Undefined also when the skips leave nothing of very many times in a row. */
function firstFireTime(compiled: CompiledSpec, after: Date): Date | undefined {
  try {
    return iterateFireTimes(compiled, after).next().value ?? undefined;
  } catch (error) {
    if (error instanceof AlmanacError && error.code === 'over-cap') return undefined;
    throw error;
  }
}
