import type { Calendar, ScheduleSpec } from '../definition/spec.js';
import { durationMs } from '../duration.js';
import { AlmanacError, type ErrorDetail } from '../errors.js';
import { isFault, parseField, trimSpace } from './calendar-field.js';
import type { CalendarField, CompiledCalendar, CompiledInterval, CompiledSpec, Range } from './compiled-spec.js';
import { parseCron } from './cron.js';
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

/** As {@link compileSpec}, but hands back every fault beside what compiled without one. */
export function tryCompileSpec(spec: ScheduleSpec): { compiled: CompiledSpec; faults: ErrorDetail[] } {
  const faults: ErrorDetail[] = [];
  const calendars = (spec.calendars ?? []).flatMap((calendar, index) => {
    checkComment(calendar.comment, `calendars[${index}].comment`, faults);
    return compileCalendar(calendar, `calendars[${index}]`, faults);
  });
  const intervals = (spec.intervals ?? []).flatMap(({ every, offset }, index) => {
    const interval = { every: durationMs(every), offset: offset === undefined ? 0 : durationMs(offset) };
    return checkInterval(interval, `intervals[${index}]`, { every, offset }, faults);
  });
  const crons = compileCrons(spec, faults);
  // The server checks the comments of what fires, not those of what is skipped.
  const skip = skipCalendars(spec).flatMap(({ path, calendar }) => compileCalendar(calendar, path, faults));
  const compiled: CompiledSpec = {
    calendars: [...calendars, ...crons.calendars],
    intervals: [...intervals, ...crons.intervals],
    skip,
    timezone: spec.timezone ?? crons.timezone ?? 'UTC',
    jitter: spec.jitter === undefined ? 0 : durationMs(spec.jitter),
    ...(spec.startAt === undefined ? {} : { startAt: Date.parse(spec.startAt) }),
    ...(spec.endAt === undefined ? {} : { endAt: Date.parse(spec.endAt) }),
  };
  return { compiled, faults };
}

type FieldTexts = Partial<Record<CalendarField, string | undefined>>;

/** What the server reads where a field is left out or blank; the others are any. */
const defaults: FieldTexts = { second: '0', minute: '0', hour: '0' };

function compileCalendar(calendar: Calendar, path: string, faults: ErrorDetail[]): CompiledCalendar[] {
  const before = faults.length;
  const fields = compileFields(calendar, (field, fault, value) =>
    faults.push({ path: `${path}.${field}`, message: `${field}: ${fault}`, value }),
  );
  return faults.length > before ? [] : [{ ...fields, comment: calendar.comment ?? '' }];
}

function compileFields(
  texts: FieldTexts,
  refuse: (field: CalendarField, fault: string, value: string) => void,
): Record<CalendarField, Range[]> {
  const compile = (field: CalendarField): Range[] => {
    const text = trimSpace(texts[field] ?? '') || (defaults[field] ?? '*');
    const ranges = parseField(field, text);
    if (!isFault(ranges)) return ranges;
    refuse(field, ranges.fault, text);
    return [];
  };
  return {
    second: compile('second'),
    minute: compile('minute'),
    hour: compile('hour'),
    dayOfMonth: compile('dayOfMonth'),
    month: compile('month'),
    year: compile('year'),
    dayOfWeek: compile('dayOfWeek'),
  };
}

interface CompiledCrons {
  calendars: CompiledCalendar[];
  intervals: CompiledInterval[];
  /** What `CRON_TZ=` says; absent when no cron says anything. */
  timezone?: string;
}

function compileCrons(spec: ScheduleSpec, faults: ErrorDetail[]): CompiledCrons {
  const compiled: CompiledCrons = { calendars: [], intervals: [] };
  let agreed: string | undefined;
  for (const [index, text] of (spec.cron ?? []).entries()) {
    const path = `cron[${index}]`;
    const refuse = (message: string) => faults.push({ path, message, value: text });
    const cron = parseCron(text);
    if (isFault(cron)) {
      refuse(cron.fault);
      continue;
    }
    if (cron.timezone !== (agreed ?? cron.timezone)) {
      refuse(`all crons must name the same timezone or none; another says "${agreed}": set timezone instead`);
    } else if (cron.timezone !== '' && spec.timezone !== undefined && spec.timezone !== cron.timezone) {
      refuse(`names the timezone ${cron.timezone}, but timezone is ${spec.timezone}: remove one of the two`);
    }
    agreed ??= cron.timezone;
    if (cron.kind === 'interval') {
      compiled.intervals.push(...checkInterval(cron.interval, path, text, faults));
      continue;
    }
    const before = faults.length;
    const fields = compileFields(cron.fields, (field, fault) =>
      refuse(`${field}: ${fault}${secondsFirst(field, cron.count, text)}`),
    );
    checkComment(cron.comment, path, faults);
    if (faults.length === before) compiled.calendars.push({ ...fields, comment: cron.comment });
  }
  return agreed ? { ...compiled, timezone: agreed } : compiled;
}

/** Six fields are where people who know other crons put the seconds first. */
function secondsFirst(field: CalendarField, count: number, text: string): string {
  if (count !== 6) return '';
  return `. With 6 fields the sixth is the year (here ${field} is read at its place); for seconds first write 7 fields: "${trimSpace(text)} *"`;
}

function checkInterval(
  interval: CompiledInterval,
  path: string,
  value: unknown,
  faults: ErrorDetail[],
): CompiledInterval[] {
  const { every, offset } = interval;
  const fault =
    every < 1000
      ? 'an interval is at least 1s'
      : every % 1000 !== 0 || offset % 1000 !== 0
        ? 'intervals and offsets are whole seconds: the server would cut off the rest'
        : offset >= every
          ? 'the offset must be less than the interval'
          : undefined;
  if (fault === undefined) return [interval];
  faults.push({ path, message: fault, value });
  return [];
}

const commentBytes = 200;

function checkComment(comment = '', path: string, faults: ErrorDetail[]): void {
  const bytes = new TextEncoder().encode(comment).length;
  if (bytes > commentBytes) {
    faults.push({ path, message: `the comment has ${bytes} bytes; the server takes ${commentBytes}`, value: comment });
  }
}
