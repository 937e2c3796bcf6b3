import { isRecord, listOf, type Path } from '../definition/fault.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import { specFromCompiled } from '../spec/spec-from-compiled.js';
import { diffFields, sameJson } from './diff-fields.js';
import type { FieldChange } from './plan.js';

/** Everything that a schedule on the server is made of, in the words of a schedule file as far as that has some. */
export interface ScheduleForm {
  spec: CompiledSpec;
  /** `tags`, `description`, `policies` and `action`; what only the server knows keeps the server's name. */
  rest: Record<string, unknown>;
}

/** Paths in the spec of the file (`cron[0]`) from which its compiled calendars and intervals come. */
export interface SpecPaths {
  calendars: readonly string[];
  intervals: readonly string[];
}

/** Field by field, what is live and what is wanted. */
export function compareForms(live: ScheduleForm, wanted: ScheduleForm, paths: SpecPaths): FieldChange[] {
  return [...compareSpecs(live.spec, wanted.spec, paths), ...diffFields(live.rest, wanted.rest)];
}

function compareSpecs(live: CompiledSpec, wanted: CompiledSpec, paths: SpecPaths): FieldChange[] {
  if (sameJson(live, wanted)) return [];
  const { calendars: liveCalendars, intervals: liveIntervals, ...liveRest } = specFromCompiled(live);
  const { calendars, intervals, ...wantedRest } = specFromCompiled(wanted);
  return [
    ...compareEntries(listOf(liveCalendars), listOf(calendars), 'calendars', paths.calendars),
    ...compareEntries(listOf(liveIntervals), listOf(intervals), 'intervals', paths.intervals),
    ...diffFields(liveRest, wantedRest, ['spec']),
  ];
}

/** Entries are compared by value: which comes first makes no difference to when the schedule fires. */
function compareEntries(
  live: readonly unknown[],
  wanted: readonly unknown[],
  list: 'calendars' | 'intervals',
  paths: readonly string[],
): FieldChange[] {
  const extra = without(live, wanted);
  const missing = without(wanted, live);
  return Array.from({ length: Math.max(extra.length, missing.length) }).flatMap((_, index) => {
    const [before, after] = [extra[index], missing[index]];
    const path = after === undefined ? undefined : paths[after.index];
    if (path?.startsWith('cron')) {
      return [{ path: `spec.${path}`, before: cronText(before?.value), after: cronText(after?.value) }];
    }
    const place: Path = ['spec', list, indexOf(path) ?? before?.index ?? 0];
    return diffFields(before?.value, after?.value, place);
  });
}

interface Entry {
  index: number;
  value: unknown;
}

function without(entries: readonly unknown[], others: readonly unknown[]): Entry[] {
  const left = [...others];
  return entries.flatMap((value, index) => {
    const same = left.findIndex((other) => sameJson(value, other));
    if (same === -1) return [{ index, value }];
    left.splice(same, 1);
    return [];
  });
}

function indexOf(path: string | undefined): number | undefined {
  const [, index] = /\[(\d+)\]$/.exec(path ?? '') ?? [];
  return index === undefined ? undefined : Number(index);
}

/** A calendar as a cron expression of five fields, or of six or seven where it has years or seconds; null without one. */
function cronText(calendar: unknown): unknown {
  if (!isRecord(calendar)) return null;
  const {
    second = '0',
    minute = '0',
    hour = '0',
    dayOfMonth = '*',
    month = '*',
    dayOfWeek = '*',
    year = '*',
  } = calendar;
  // Without a minute field it is an interval: `@every 1h`.
  if (calendar.every !== undefined) return calendar;
  const five = [minute, hour, dayOfMonth, month, dayOfWeek];
  const fields = second === '0' ? (year === '*' ? five : [...five, year]) : [second, ...five, year];
  return [...fields, ...(calendar.comment === undefined ? [] : [`# ${calendar.comment}`])].join(' ');
}
