import { canonicalJson } from '../canonical-json.js';
import { isRecord, listOf, type Path } from '../definition/fault.js';
import type { DstPolicy } from '../definition/spec.js';
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
  /** With `dst`, whose compilation has hundreds of entries that stand in no file: the spec without them, which the paths are of. */
  dst?: { policy: DstPolicy; base: CompiledSpec };
}

/** Field by field, what is live and what is wanted. */
export function compareForms(live: ScheduleForm, wanted: ScheduleForm, paths: SpecPaths): FieldChange[] {
  return [...compareSpecs(live.spec, wanted.spec, paths), ...diffFields(live.rest, wanted.rest)];
}

function compareSpecs(live: CompiledSpec, wanted: CompiledSpec, paths: SpecPaths): FieldChange[] {
  if (sameJson(live, wanted)) return [];
  if (paths.dst !== undefined) return compareWithDst(live, wanted, paths, paths.dst);
  const { calendars: liveCalendars, intervals: liveIntervals, ...liveRest } = specFromCompiled(live);
  const { calendars, intervals, ...wantedRest } = specFromCompiled(wanted);
  return [
    ...compareEntries(listOf(liveCalendars), listOf(calendars), 'calendars', paths.calendars),
    ...compareEntries(listOf(liveIntervals), listOf(intervals), 'intervals', paths.intervals),
    ...diffFields(liveRest, wantedRest, ['spec']),
  ];
}

/** What the file says is compared as the file says it, and what `dst` made of it as a whole. */
function compareWithDst(
  live: CompiledSpec,
  wanted: CompiledSpec,
  paths: SpecPaths,
  { policy, base }: NonNullable<SpecPaths['dst']>,
): FieldChange[] {
  const lists = ['calendars', 'intervals', 'skip'] as const;
  const piecesOf = (list: (typeof lists)[number]) => valuesOf(without(wanted[list], base[list]));
  const isWhole = lists.every((list) => without(piecesOf(list), live[list]).length === 0);
  const plain = { ...live };
  let strays = 0;
  for (const list of lists) {
    const replaced = isWhole ? valuesOf(without(base[list], wanted[list])) : [];
    const own = valuesOf(without(live[list], piecesOf(list)));
    // More than the file has are of the compilation of another spec, or by older rules of the timezone.
    const most = base[list].length + strayEntries;
    strays += Math.max(0, own.length - most);
    Object.assign(plain, { [list]: [...own.slice(0, most), ...replaced] });
  }
  const { dst: _, ...plainPaths } = paths;
  const fields = compareSpecs(plain, base, plainPaths);
  if (isWhole && strays === 0) return fields;
  const before = strays === 0 ? null : 'compiled from something else';
  return [...fields, { path: 'spec.dst', before, after: policy }];
}

/** So many entries that no file has are shown one by one. */
const strayEntries = 3;

function valuesOf(entries: readonly Entry[]): unknown[] {
  return entries.map(({ value }) => value);
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
  const left = new Map<string, number>();
  for (const other of others.map(canonicalJson)) left.set(other, (left.get(other) ?? 0) + 1);
  return entries.flatMap((value, index) => {
    const text = canonicalJson(value);
    const same = left.get(text) ?? 0;
    if (same === 0) return [{ index, value }];
    left.set(text, same - 1);
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
