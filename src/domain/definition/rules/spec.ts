import type { z } from 'zod';
import { parseDuration } from '../../duration.js';
import { type Fault, field, isRecord, listOf } from '../fault.js';
import { calendar, interval, type ScheduleSpec, scheduleSpec } from '../spec.js';
import { checkDates } from './dates.js';

/** What the schema of a spec cannot see; cron and calendar fields have a check of their own. */
export function checkSpecRules(definition: unknown): Fault[] {
  const spec = field(definition, 'spec');
  if (!isRecord(spec)) return [];
  return [...neverFires(spec), ...offsets(spec), ...bounds(spec), ...checkDates(spec.skipDates, ['spec', 'skipDates'])];
}

function neverFires(spec: Record<string, unknown>): Fault[] {
  const sources = ['cron', 'intervals', 'calendars'];
  // A source of the wrong type has its own message.
  if (sources.some((key) => spec[key] !== undefined && (!Array.isArray(spec[key]) || spec[key].length > 0))) return [];
  return [
    { path: ['spec'], message: 'never fires: give at least one entry of cron, intervals or calendars', value: spec },
  ];
}

function offsets(spec: Record<string, unknown>): Fault[] {
  return listOf(spec.intervals).flatMap((interval, index) => {
    const [every, offset] = [field(interval, 'every'), field(interval, 'offset')];
    if (typeof every !== 'string' || typeof offset !== 'string') return [];
    const [everyMs, offsetMs] = [parseDuration(every), parseDuration(offset)];
    if (everyMs === undefined || offsetMs === undefined || offsetMs < everyMs) return [];
    const message = `must be shorter than every (${every})`;
    return [{ path: ['spec', 'intervals', index, 'offset'], message, value: offset }];
  });
}

function bounds(spec: Record<string, unknown>): Fault[] {
  const { startAt, endAt } = spec;
  if (typeof startAt !== 'string' || typeof endAt !== 'string' || !(Date.parse(startAt) >= Date.parse(endAt)))
    return [];
  return [{ path: ['spec', 'endAt'], message: `must be after startAt (${startAt})`, value: endAt }];
}

/**
 * The part of a spec that parses, so that its cron and calendar fields are checked although something else is wrong. Entries
 * keep their places: what does not parse is replaced by something harmless.
 */
export function usableSpec(definition: unknown): ScheduleSpec | undefined {
  const given = field(definition, 'spec');
  if (!isRecord(given)) return undefined;
  const usable = Object.entries(given).flatMap(([key, value]): [string, unknown][] => {
    const schema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (schema === undefined) return [];
    if (schema.safeParse(value).success) return [[key, value]];
    return Array.isArray(value) && usableEntry[key] ? [[key, value.map(usableEntry[key])]] : [];
  });
  const parsed = scheduleSpec.safeParse(Object.fromEntries(usable));
  return parsed.success ? parsed.data : undefined;
}

const shape: Partial<Record<string, z.ZodType>> = scheduleSpec.shape;

const usableEntry: Partial<Record<string, (entry: unknown) => unknown>> = {
  cron: (entry) => (typeof entry === 'string' && entry !== '' ? entry : '* * * * *'),
  intervals: (entry) => (interval.safeParse(entry).success ? entry : { every: '1h' }),
  calendars: usableCalendar,
  skip: usableCalendar,
};

function usableCalendar(entry: unknown): unknown {
  const fields: Partial<Record<string, z.ZodType>> = calendar.shape;
  return Object.fromEntries(
    Object.entries(isRecord(entry) ? entry : {}).filter(
      ([key, value]) => Object.hasOwn(fields, key) && fields[key]?.safeParse(value).success,
    ),
  );
}
