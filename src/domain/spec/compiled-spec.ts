/** The structured form into which Temporal's server compiles every spec, as `describe` shows it. */

/** The values start, start + step, ... up to end. */
export interface Range {
  start: number;
  /** Inclusive; never below start. */
  end: number;
  /** At least 1. */
  step: number;
}

export const calendarFields = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'year', 'dayOfWeek'] as const;
export type CalendarField = (typeof calendarFields)[number];

/** A time matches when every field matches. Months count from 1; days of the week from 0, Sunday. */
export type CompiledCalendar = Record<CalendarField, Range[]> & {
  /** No ranges mean every year; the server writes it so. */
  year: Range[];
  comment: string;
};

/** Fires at every multiple of `every` since 1970-01-01T00:00Z plus `offset`, both in milliseconds. */
export interface CompiledInterval {
  every: number;
  offset: number;
}

/** A spec without text: what fires, what is skipped, and where. Only `compileSpec` and `specFromProto` make one. */
export interface CompiledSpec {
  /** Those of `calendars`, then those of `cron`. */
  calendars: CompiledCalendar[];
  /** Those of `intervals`, then the `@every` ones of `cron`. */
  intervals: CompiledInterval[];
  /** Those of `skip`, then one a skipped date. */
  skip: CompiledCalendar[];
  timezone: string;
  /** Milliseconds since 1970. */
  startAt?: number;
  /** Milliseconds since 1970. */
  endAt?: number;
  /** Milliseconds. */
  jitter: number;
}
