import type { Calendar } from '../definition/spec.js';
import type { ErrorDetail } from '../errors.js';
import { isFault, parseField, trimSpace } from './calendar-field.js';
import type { CalendarField, CompiledCalendar, CompiledInterval, Range } from './compiled-spec.js';

/** What compiling leaves behind: the compiled part with its path in the spec, or faults. */
export interface Sourced<T> {
  path: string;
  value: T;
}

export type FieldTexts = Partial<Record<CalendarField, string | undefined>>;

/** What the server reads where a field is left out or blank; the others are any. */
const defaults: FieldTexts = { second: '0', minute: '0', hour: '0' };

export function compileCalendar(calendar: Calendar, path: string, faults: ErrorDetail[]): Sourced<CompiledCalendar>[] {
  const before = faults.length;
  const fields = compileFields(calendar, (field, fault, value) =>
    faults.push({ path: `${path}.${field}`, message: `${field}: ${fault}`, value }),
  );
  return faults.length > before ? [] : [{ path, value: { ...fields, comment: calendar.comment ?? '' } }];
}

export function compileFields(
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

export function compileInterval(
  interval: CompiledInterval,
  source: { path: string; value: unknown },
  faults: ErrorDetail[],
): Sourced<CompiledInterval>[] {
  const fault = faultOfInterval(interval);
  if (fault === undefined) return [{ path: source.path, value: interval }];
  faults.push({ ...source, message: fault });
  return [];
}

function faultOfInterval({ every, offset }: CompiledInterval): string | undefined {
  if (every < 1000) return 'an interval is at least 1s';
  if (every % 1000 !== 0 || offset % 1000 !== 0) {
    return 'intervals and offsets are whole seconds: the server would cut off the rest';
  }
  return offset >= every ? 'the offset must be shorter than the interval' : undefined;
}

const commentBytes = 200;

/** For what fires; the server takes any comment on what is skipped. */
export function checkComment(comment: string, path: string, faults: ErrorDetail[]): void {
  const bytes = new TextEncoder().encode(comment).length;
  if (bytes > commentBytes) {
    faults.push({ path, message: `the comment has ${bytes} bytes; the server takes ${commentBytes}`, value: comment });
  }
}
