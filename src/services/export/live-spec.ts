import type { temporal } from '@temporalio/proto';
import type { ExportGap } from '../../domain/export/export-view.js';
import { type CompiledCalendar, type CompiledSpec, calendarFields } from '../../domain/spec/compiled-spec.js';
import { specFromProto } from '../schedules/spec-from-proto.js';

/** The compiled spec of a live schedule as far as a file can say it. */
export function readSpec(spec: temporal.api.schedule.v1.IScheduleSpec, gaps: ExportGap[]): CompiledSpec {
  const compiled = specFromProto(spec);
  if (spec.timezoneData?.length) {
    const message = 'the schedule brings timezone rules of its own; the file names the timezone only';
    gaps.push({ path: 'spec.timezone', message, value: compiled.timezone, kept: false });
  }
  return {
    ...compiled,
    calendars: matching(compiled.calendars, 'spec.calendars', gaps),
    skip: matching(compiled.skip, 'spec.skip', gaps),
    intervals: compiled.intervals.map((interval, index) => wholeSeconds(interval, index, gaps)),
  };
}

/** The server takes calendars with a field that has no value at all; they never match. */
function matching(calendars: CompiledCalendar[], path: string, gaps: ExportGap[]): CompiledCalendar[] {
  return calendars.filter((calendar, index) => {
    const empty = calendarFields.find((field) => field !== 'year' && calendar[field].length === 0);
    if (empty === undefined) return true;
    const message = `the calendar never matches: its ${empty} has no value, and is left out`;
    gaps.push({ path: `${path}[${index}]`, message, kept: false });
    return false;
  });
}

function wholeSeconds(interval: CompiledSpec['intervals'][number], index: number, gaps: ExportGap[]) {
  const [every, offset] = [interval.every, interval.offset].map((ms) => Math.floor(ms / 1000) * 1000);
  if (every === interval.every && offset === interval.offset) return interval;
  const message = 'has a fraction of a second, which the server cuts off: the file says what it does';
  gaps.push({ path: `spec.intervals[${index}]`, message, value: interval, kept: false });
  return { every: every ?? interval.every, offset: offset ?? interval.offset };
}
