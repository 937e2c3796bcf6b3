import { msNumberToTs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { ScheduleSpec } from '../../domain/definition/spec.js';
import { durationMs } from '../../domain/duration.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import type { CompiledSpec } from '../../domain/spec/compiled-spec.js';
import { skipCalendars } from '../../domain/spec/skip-calendars.js';

type ProtoSpec = temporal.api.schedule.v1.IScheduleSpec;

/**
 * A spec as the server takes it: cron and calendars go as text, so that the server judges and compiles them itself;
 * `compileSpec` foretells what it makes of them. With `dst` it goes compiled.
 * @throws AlmanacError `internal` when `skipDates` still names a file
 */
export function specToProto(spec: ScheduleSpec): ProtoSpec {
  const { cron = [], calendars = [], intervals = [], timezone, startAt, endAt, jitter } = spec;
  if (spec.dst !== undefined) return compiledToProto(compileSpec(spec));
  return {
    cronString: cron,
    calendar: calendars,
    interval: intervals.map(({ every, offset }) => ({
      interval: msNumberToTs(durationMs(every)),
      phase: msNumberToTs(offset === undefined ? 0 : durationMs(offset)),
    })),
    excludeCalendar: skipCalendars(spec).map(({ calendar }) => calendar),
    // A CRON_TZ= becomes the timezone of the whole spec; beside another name the server refuses it.
    timezoneName: timezone ?? (cron.some(namesTimezone) ? '' : 'UTC'),
    ...(startAt === undefined ? {} : { startTime: msNumberToTs(Date.parse(startAt)) }),
    ...(endAt === undefined ? {} : { endTime: msNumberToTs(Date.parse(endAt)) }),
    ...(jitter === undefined ? {} : { jitter: msNumberToTs(durationMs(jitter)) }),
  };
}

/** No text says what `dst` makes of a spec, so it goes as it is compiled. */
function compiledToProto({ calendars, intervals, skip, timezone, jitter, startAt, endAt }: CompiledSpec): ProtoSpec {
  return {
    structuredCalendar: calendars,
    interval: intervals.map(({ every, offset }) => ({ interval: msNumberToTs(every), phase: msNumberToTs(offset) })),
    excludeStructuredCalendar: skip,
    timezoneName: timezone,
    ...(startAt === undefined ? {} : { startTime: msNumberToTs(startAt) }),
    ...(endAt === undefined ? {} : { endTime: msNumberToTs(endAt) }),
    ...(jitter === 0 ? {} : { jitter: msNumberToTs(jitter) }),
  };
}

function namesTimezone(cron: string): boolean {
  return /^\s*(?:CRON_)?TZ=/.test(cron);
}
