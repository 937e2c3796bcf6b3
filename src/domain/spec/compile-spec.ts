import type { DstPolicy, ScheduleSpec } from '../definition/spec.js';
import { durationMs } from '../duration.js';
import { AlmanacError, type ErrorDetail } from '../errors.js';
import { isTimezone, timezoneMessage } from '../timezone.js';
import { applyDst, type DstCompilation, singleTimesLimit } from './apply-dst.js';
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
  /** The same before `dst` is applied: what the texts say. */
  base: CompiledSpec;
  faults: ErrorDetail[];
  /** Paths in the spec of `base.calendars` and `base.intervals`, one each. */
  paths: { calendars: string[]; intervals: string[]; dst?: { policy: DstPolicy; base: CompiledSpec } };
}

/**
 * As {@link compileSpec}, but hands back every fault beside what compiled without one. A spec never changes, and is compiled once:
 * checking, planning and writing a schedule each ask for it.
 */
export function tryCompileSpec(spec: ScheduleSpec): Compilation {
  const known = compilations.get(spec);
  if (known !== undefined) return known;
  const compilation = compile(spec);
  compilations.set(spec, compilation);
  return compilation;
}

const compilations = new WeakMap<ScheduleSpec, Compilation>();

function compile(spec: ScheduleSpec): Compilation {
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
  const base: CompiledSpec = {
    calendars: calendars.map(toValue),
    intervals: intervals.map(toValue),
    skip: skip.map(toValue),
    // A name that nobody knows has its fault; the rest can still be judged.
    timezone: isTimezone(timezone) ? timezone : 'UTC',
    jitter: spec.jitter === undefined ? 0 : durationMs(spec.jitter),
    ...(spec.startAt === undefined ? {} : { startAt: Date.parse(spec.startAt) }),
    ...(spec.endAt === undefined ? {} : { endAt: Date.parse(spec.endAt) }),
  };
  return {
    compiled: withDst(base, spec.dst, faults),
    base,
    faults,
    paths: {
      calendars: calendars.map(toPath),
      intervals: intervals.map(toPath),
      ...(spec.dst === undefined ? {} : { dst: { policy: spec.dst, base } }),
    },
  };
}

function withDst(base: CompiledSpec, policy: DstPolicy | undefined, faults: ErrorDetail[]): CompiledSpec {
  if (policy === undefined || faults.length > 0) return base;
  const { compiled, singleTimes } = rememberedDst(base, policy);
  if (singleTimes <= singleTimesLimit) return compiled;
  const message = `too much to write out: more than ${singleTimesLimit} fire times in repeated hours until 2100; set endAt, fire less often there, or leave fold out`;
  faults.push({ path: 'dst', message, value: policy });
  return base;
}

/** Specs of different schedules are often the same but for their ids, and this part takes some milliseconds. */
function rememberedDst(base: CompiledSpec, policy: DstPolicy): DstCompilation {
  const key = JSON.stringify([base, policy]);
  const compilation = remembered.get(key) ?? applyDst(base, policy);
  if (remembered.size >= mostRemembered) remembered.clear();
  remembered.set(key, compilation);
  return compilation;
}

const remembered = new Map<string, DstCompilation>();
const mostRemembered = 200;

const toValue = <T>({ value }: Sourced<T>): T => value;
const toPath = ({ path }: Sourced<unknown>): string => path;
