import type { Calendar, ScheduleSpec, SkipDate } from '../../domain/definition/spec.js';
import { spanOf } from '../../domain/spec/date-span.js';

/** One line for each thing that makes a schedule fire, or keeps it from firing. */
export function specLines(spec: ScheduleSpec): string[] {
  return [
    ...(spec.cron ?? []).map((cron) => `cron ${cron}`),
    ...(spec.intervals ?? []).map(({ every, offset }) =>
      offset === undefined ? `every ${every}` : `every ${every}, offset ${offset}`,
    ),
    ...(spec.calendars ?? []).map((calendar) => `calendar ${calendarText(calendar)}`),
    ...(spec.skip ?? []).map((calendar) => `skip ${calendarText(calendar)}`),
    ...skipDateLines(spec.skipDates),
    ...dstLine(spec.dst),
    ...(spec.jitter === undefined ? [] : [`jitter ${spec.jitter}`]),
    ...(spec.startAt === undefined ? [] : [`from ${spec.startAt}`]),
    ...(spec.endAt === undefined ? [] : [`until ${spec.endAt}`]),
  ];
}

function calendarText({ comment, ...fields }: Calendar): string {
  const text = Object.entries(fields)
    .map(([field, range]) => `${field} ${range}`)
    .join(', ');
  return comment === undefined ? text : `${text} (${comment})`;
}

function dstLine(dst: ScheduleSpec['dst']): string[] {
  const { gap, fold } = dst ?? {};
  const parts = [gap && `${gap} times in a gap`, fold && `${fold} of repeated times`].filter(Boolean);
  return parts.length === 0 ? [] : [`clock changes: ${parts.join(', ')}`];
}

const shownDates = 5;

function skipDateLines(dates: ScheduleSpec['skipDates']): string[] {
  if (dates === undefined) return [];
  if (typeof dates === 'string') return [`skip the dates of ${dates}`];
  const shown = dates.slice(0, shownDates).map(dateText).join(', ');
  const rest = dates.length > shownDates ? ` and ${dates.length - shownDates} more` : '';
  return dates.length === 0 ? [] : [`skip ${shown}${rest}`];
}

function dateText(date: SkipDate): string {
  const { from, to, comment } = spanOf(date);
  const days = from === to ? from : `${from} to ${to}`;
  return comment === undefined ? days : `${days} (${comment})`;
}
