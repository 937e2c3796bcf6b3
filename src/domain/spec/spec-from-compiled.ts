import { formatDuration } from '../duration.js';
import { fieldRules } from './calendar-field.js';
import {
  type CalendarField,
  type CompiledCalendar,
  type CompiledSpec,
  calendarFields,
  type Range,
} from './compiled-spec.js';

/** The `spec` of a schedule file as plain JSON, before it is checked. */
export type SpecText = Record<string, unknown>;
type CalendarText = Partial<Record<CalendarField | 'comment', string>>;

/**
 * The way back from a compiled spec to the text of a schedule file: compiling the text again gives the same compiled spec. Crons
 * come back as calendars, which say the same; dates at the end of the skips come back as `skipDates`.
 */
export function specFromCompiled(compiled: CompiledSpec): SpecText {
  const { calendars, intervals, skip, timezone, jitter, startAt, endAt } = compiled;
  const dates = trailingDates(skip);
  const skipped = skip.slice(0, skip.length - dates.length);
  return {
    ...(intervals.length === 0 ? {} : { intervals: intervals.map(intervalText) }),
    ...(calendars.length === 0 ? {} : { calendars: calendars.map((calendar) => calendarText(calendar, leftOut)) }),
    ...(skipped.length === 0 ? {} : { skip: skipped.map((calendar) => calendarText(calendar, {})) }),
    ...(dates.length === 0 ? {} : { skipDates: dates }),
    timezone,
    ...(jitter === 0 ? {} : { jitter: formatDuration(jitter) }),
    ...(startAt === undefined ? {} : { startAt: new Date(startAt).toISOString() }),
    ...(endAt === undefined ? {} : { endAt: new Date(endAt).toISOString() }),
  };
}

function intervalText({ every, offset }: CompiledSpec['intervals'][number]) {
  return { every: formatDuration(every), ...(offset === 0 ? {} : { offset: formatDuration(offset) }) };
}

/** What may be left out of a calendar because it is read so; in a skip everything left out is any. */
const leftOut: CalendarText = { second: '0', minute: '0', hour: '0' };

function calendarText(calendar: CompiledCalendar, defaults: CalendarText): CalendarText {
  const text: CalendarText = {};
  for (const field of calendarFields) {
    const ranges = fieldText(field, calendar[field]);
    if (ranges !== (defaults[field] ?? '*')) text[field] = ranges;
  }
  if (calendar.comment !== '') text.comment = calendar.comment;
  return text;
}

function fieldText(field: CalendarField, ranges: readonly Range[]): string {
  if (field === 'year' && ranges.length === 0) return '*';
  return ranges.map((range) => (isAny(field, range) ? '*' : rangeText(range))).join(',');
}

function rangeText({ start, end, step }: Range): string {
  if (step === 1) return start === end ? String(start) : `${start}-${end}`;
  return `${start}-${end}/${step}`;
}

/** Every year is written as no range at all; the text of all years is another thing to the server. */
function isAny(field: CalendarField, { start, end, step }: Range): boolean {
  const { min, max } = fieldRules[field];
  const last = field === 'dayOfWeek' ? 6 : max;
  return field !== 'year' && start === min && end === last && step === 1;
}

type DateText = string | { date: string; comment: string };

/** The longest end of the skips that are whole days, each once: what `skipDates` compiles to. */
function trailingDates(skip: readonly CompiledCalendar[]): DateText[] {
  const dates: DateText[] = [];
  const seen = new Set<string>();
  for (const calendar of skip.toReversed()) {
    const date = dateOf(calendar);
    if (date === undefined || seen.has(date)) break;
    seen.add(date);
    dates.unshift(calendar.comment === '' ? date : { date, comment: calendar.comment });
  }
  return dates;
}

function dateOf(calendar: CompiledCalendar): string | undefined {
  const { comment: _, ...text } = calendarText(calendar, {});
  if (Object.keys(text).length !== 3) return undefined;
  const [year, month, day] = [calendar.year, calendar.month, calendar.dayOfMonth].map(singleValue);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : undefined;
}

function singleValue([range, ...more]: readonly Range[]): number | undefined {
  return range !== undefined && more.length === 0 && range.start === range.end && range.step === 1
    ? range.start
    : undefined;
}
