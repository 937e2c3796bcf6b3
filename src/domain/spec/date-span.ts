import type { Calendar, SkipDate } from '../definition/spec.js';

/** Skipped dates, both ends included. */
export interface DateSpan {
  /** YYYY-MM-DD. */
  from: string;
  to: string;
  comment?: string | undefined;
}

export function spanOf(entry: SkipDate): DateSpan {
  if (typeof entry === 'string') return { from: entry, to: entry };
  return 'date' in entry ? { from: entry.date, to: entry.date, comment: entry.comment } : entry;
}

interface MonthPart {
  year: number;
  month: number;
  first: number;
  last: number;
  isWhole: boolean;
}

/** Calendars for a stretch of dates: one a month or part of it, whole months of one year together. */
export function calendarsOfSpan({ from, to, comment }: DateSpan): Calendar[] {
  const calendars: Calendar[] = [];
  const named = comment === undefined ? {} : { comment };
  let whole: MonthPart[] = [];
  const flush = () => {
    const [first, last] = [whole[0], whole.at(-1)];
    if (first !== undefined && last !== undefined) {
      calendars.push({ year: String(first.year), month: range(first.month, last.month), ...named });
    }
    whole = [];
  };
  for (const part of monthParts(from, to)) {
    if (whole[0]?.year !== part.year || !part.isWhole) flush();
    if (part.isWhole) whole.push(part);
    else {
      const { year, month, first, last } = part;
      calendars.push({ year: String(year), month: String(month), dayOfMonth: range(first, last), ...named });
    }
  }
  flush();
  return calendars;
}

function* monthParts(from: string, to: string): Generator<MonthPart> {
  const [start, end] = [dateParts(from), dateParts(to)];
  for (let { year, month } = start; year < end.year || (year === end.year && month <= end.month); ) {
    const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const first = year === start.year && month === start.month ? start.day : 1;
    const last = year === end.year && month === end.month ? end.day : length;
    yield { year, month, first, last, isWhole: first === 1 && last === length };
    year += month === 12 ? 1 : 0;
    month = month === 12 ? 1 : month + 1;
  }
}

function dateParts(date: string): { year: number; month: number; day: number } {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { year, month, day };
}

function range(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`;
}
