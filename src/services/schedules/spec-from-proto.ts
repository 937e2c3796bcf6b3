import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { CompiledCalendar, CompiledSpec, Range } from '../../domain/spec/compiled-spec.js';

type ProtoSpec = temporal.api.schedule.v1.IScheduleSpec;
type ProtoCalendar = temporal.api.schedule.v1.IStructuredCalendarSpec;
type ProtoRange = temporal.api.schedule.v1.IRange;

/**
 * The spec of a live schedule, as `describe` returns it, in the form of `compileSpec`: the two are deeply equal when the
 * live spec is what the definition says. The server has compiled all text, so only structured parts are read.
 */
export function specFromProto(spec: ProtoSpec): CompiledSpec {
  const [startAt, endAt] = [optionalTsToMs(spec.startTime), optionalTsToMs(spec.endTime)];
  return {
    calendars: (spec.structuredCalendar ?? []).map(calendarFromProto),
    intervals: (spec.interval ?? []).map(({ interval, phase }) => ({
      every: optionalTsToMs(interval) ?? 0,
      offset: optionalTsToMs(phase) ?? 0,
    })),
    skip: (spec.excludeStructuredCalendar ?? []).map(calendarFromProto),
    timezone: spec.timezoneName || 'UTC',
    jitter: optionalTsToMs(spec.jitter) ?? 0,
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
  };
}

function calendarFromProto(calendar: ProtoCalendar): CompiledCalendar {
  return {
    second: (calendar.second ?? []).map(rangeFromProto),
    minute: (calendar.minute ?? []).map(rangeFromProto),
    hour: (calendar.hour ?? []).map(rangeFromProto),
    dayOfMonth: (calendar.dayOfMonth ?? []).map(rangeFromProto),
    month: (calendar.month ?? []).map(rangeFromProto),
    year: (calendar.year ?? []).map(rangeFromProto),
    dayOfWeek: (calendar.dayOfWeek ?? []).map(rangeFromProto),
    comment: calendar.comment ?? '',
  };
}

/** An end below the start means the start alone, a step of 0 means 1. */
function rangeFromProto({ start, end, step }: ProtoRange): Range {
  const first = start ?? 0;
  return { start: first, end: Math.max(end ?? 0, first), step: step || 1 };
}
