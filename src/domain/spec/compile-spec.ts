import type { ScheduleSpec } from '../definition/spec.js';
import { durationMs } from '../duration.js';
import { AlmanacError, type ErrorDetail } from '../errors.js';
import { isTimezone, timezoneMessage } from '../timezone.js';
import { checkComment, compileCalendar, compileInterval, type Sourced } from './compile-calendar.js';
import { compileCrons } from './compile-crons.js';
import type { CompiledSpec } from './compiled-spec.js';
import { skipCalendars } from './skip-calendars.js';

/**
 * Compiles a spec to the structured form that Temporal's server makes of it (canonicalizeSpec in
 * service/worker/scheduler/spec.go of server 1.31.2).
 * @throws AlmanacError `invalid-input` with every fault; paths are relative to the spec, as in `calendars[1].hour`
 */
export function compileSpec(spec: ScheduleSpec): CompiledSpec {
  const { compiled, faults } = tryCompileSpec(spec);
  if (faults.length > 0) throw new AlmanacError('invalid-input', 'the spec is not valid', { details: faults });
  return compiled;
}

export interface Compilation {
  /** Without the parts that have a fault. */
  compiled: CompiledSpec;
  faults: ErrorDetail[];
  /** Paths in the spec of `compiled.calendars` and `compiled.intervals`, one each. */
  paths: { calendars: string[]; intervals: string[] };
}

/** As {@link compileSpec}, but hands back every fault beside what compiled without one. */
export function tryCompileSpec(spec: ScheduleSpec): Compilation {
  const faults: ErrorDetail[] = [];
  const fromCalendars = (spec.calendars ?? []).flatMap((calendar, index) => {
    checkComment(calendar.comment ?? '', `calendars[${index}].comment`, faults);
    return compileCalendar(calendar, `calendars[${index}]`, faults);
  });
  const fromIntervals = (spec.intervals ?? []).flatMap((interval, index) => {
    const { every, offset } = interval;
    const milliseconds = { every: durationMs(every), offset: offset === undefined ? 0 : durationMs(offset) };
    return compileInterval(milliseconds, { path: `intervals[${index}]`, value: interval }, faults);
  });
  const crons = compileCrons(spec, faults);
  const calendars = [...fromCalendars, ...crons.calendars];
  const intervals = [...fromIntervals, ...crons.intervals];
  const skip = skipCalendars(spec).flatMap(({ path, calendar }) => compileCalendar(calendar, path, faults));
  if (spec.timezone !== undefined && !isTimezone(spec.timezone)) {
    faults.push({ path: 'timezone', message: timezoneMessage(spec.timezone), value: spec.timezone });
  }
  const timezone = spec.timezone ?? crons.timezone ?? 'UTC';
  const compiled: CompiledSpec = {
    calendars: calendars.map(toValue),
    intervals: intervals.map(toValue),
    skip: skip.map(toValue),
    // A name that nobody knows has its fault; the rest can still be judged.
    timezone: isTimezone(timezone) ? timezone : 'UTC',
    jitter: spec.jitter === undefined ? 0 : durationMs(spec.jitter),
    ...(spec.startAt === undefined ? {} : { startAt: Date.parse(spec.startAt) }),
    ...(spec.endAt === undefined ? {} : { endAt: Date.parse(spec.endAt) }),
  };
  return { compiled, faults, paths: { calendars: calendars.map(toPath), intervals: intervals.map(toPath) } };
}

const toValue = <T>({ value }: Sourced<T>): T => value;
const toPath = ({ path }: Sourced<unknown>): string => path;
