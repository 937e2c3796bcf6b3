import type { ScheduleSpec } from '../definition/spec.js';
import type { ErrorDetail } from '../errors.js';
import { isTimezone, timezoneMessage } from '../timezone.js';
import { isFault, trimSpace } from './calendar-field.js';
import { checkComment, compileFields, compileInterval, type Sourced } from './compile-calendar.js';
import type { CalendarField, CompiledCalendar, CompiledInterval } from './compiled-spec.js';
import { parseCron } from './cron.js';

export interface CompiledCrons {
  calendars: Sourced<CompiledCalendar>[];
  intervals: Sourced<CompiledInterval>[];
  /** What `CRON_TZ=` says; absent when no cron says anything. */
  timezone?: string;
}

/** Crons become calendars or, with `@every`, intervals; at most one timezone comes from them, for the whole spec. */
export function compileCrons({ cron: texts = [], timezone }: ScheduleSpec, faults: ErrorDetail[]): CompiledCrons {
  const compiled: CompiledCrons = { calendars: [], intervals: [] };
  let agreed: string | undefined;
  for (const [index, text] of texts.entries()) {
    const path = `cron[${index}]`;
    const refuse = (message: string) => faults.push({ path, message, value: text });
    const cron = parseCron(text);
    if (isFault(cron)) {
      refuse(cron.fault);
      continue;
    }
    const conflict = conflictOfTimezones(cron.timezone, agreed, timezone);
    if (conflict !== undefined) refuse(conflict);
    agreed ??= cron.timezone;
    if (cron.kind === 'interval') {
      compiled.intervals.push(...compileInterval(cron.interval, { path, value: text }, faults));
      continue;
    }
    const before = faults.length;
    let hint = cron.count === 6 ? secondsFirst(text) : '';
    const fields = compileFields(cron.fields, (field: CalendarField, fault: string) => {
      refuse(`${field}: ${fault}${hint}`);
      hint = '';
    });
    checkComment(cron.comment, path, faults);
    if (faults.length === before) compiled.calendars.push({ path, value: { ...fields, comment: cron.comment } });
  }
  return agreed ? { ...compiled, timezone: agreed } : compiled;
}

function conflictOfTimezones(named: string, agreed: string | undefined, timezone: string | undefined) {
  if (agreed !== undefined && named !== agreed) {
    return `all crons must name the same timezone, or none; another has "${agreed}": set timezone instead`;
  }
  if (named === '') return undefined;
  if (timezone !== undefined && timezone !== named) {
    return `names the timezone ${named}, but timezone is ${timezone}: remove one of the two`;
  }
  return isTimezone(named) ? undefined : `${named} is ${timezoneMessage(named)}`;
}

/** Six fields are where people who know other crons put the seconds first. */
function secondsFirst(text: string): string {
  return `. With 6 fields the sixth is the year; for seconds first write 7: "${trimSpace(text)} *"`;
}
