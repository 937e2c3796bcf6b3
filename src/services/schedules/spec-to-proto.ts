import { msNumberToTs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { ScheduleSpec } from '../../domain/definition/spec.js';
import { durationMs } from '../../domain/duration.js';
import { skipCalendars } from '../../domain/spec/skip-calendars.js';

type ProtoSpec = temporal.api.schedule.v1.IScheduleSpec;

/**
 * A spec as the server takes it: cron and calendars go as text, so that the server judges and compiles them itself;
 * `compileSpec` foretells what it makes of them.
 * @throws AlmanacError `internal` when `skipDates` still names a file
 */
export function specToProto(spec: ScheduleSpec): ProtoSpec {
  const { cron = [], calendars = [], intervals = [], timezone, startAt, endAt, jitter } = spec;
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

function namesTimezone(cron: string): boolean {
  return /^\s*(?:CRON_)?TZ=/.test(cron);
}
