import { canonicalJson } from '../canonical-json.js';
import { formatPath, isRecord, type Path } from '../definition/fault.js';
import type { FieldChange } from './plan.js';

/**
 * The fields in which two JSON values differ, by path. Lists of steps are matched by `id` and others by value, so that an
 * entry put in front does not make all that follow look changed. Of an entry that is only on one side the path is the one there.
 */
export function diffFields(before: unknown, after: unknown, path: Path = []): FieldChange[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => diffFields(before[key], after[key], [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return sameJson(before, after) ? [] : [change(path, before, after)];
}

/** True for values that are the same JSON, in whatever order their keys stand; undefined is as good as no value. */
export function sameJson(a: unknown, b: unknown): boolean {
  return isContainer(a) === isContainer(b) && canonicalJson(a) === canonicalJson(b);
}

/** What is new has nothing before it: its text need not be made to see that. */
function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function diffLists(before: readonly unknown[], after: readonly unknown[], path: Path): FieldChange[] {
  const keyOf = identityOf(before) && identityOf(after) ? idOf : canonicalJson;
  const pairs = matchByKey(before.map(keyOf), after.map(keyOf));
  const matched = pairs.flatMap(([from, to]) => diffFields(before[from], after[to], [...path, to]));
  const moved = pairs.some(([from], index) => from < (pairs[index - 1]?.[0] ?? -1));
  const removed = leftOver(before.length, new Set(pairs.map(([from]) => from)));
  const added = leftOver(after.length, new Set(pairs.map(([, to]) => to)));
  // An entry without an identity that stands where another stood was edited.
  const edited = keyOf === idOf ? [] : added.filter((index) => removed.includes(index));
  const rest = [
    ...edited.flatMap((index) => diffFields(before[index], after[index], [...path, index])),
    ...removed.filter((index) => !edited.includes(index)).map((index) => change([...path, index], before[index], null)),
    ...added.filter((index) => !edited.includes(index)).map((index) => change([...path, index], null, after[index])),
  ];
  const order = moved ? [change(path, before.map(nameOf(keyOf)), after.map(nameOf(keyOf)))] : [];
  return [...order, ...matched, ...rest];
}

/** Index pairs of equal keys in the order of the second list; each entry is matched once. */
function matchByKey(before: readonly string[], after: readonly string[]): [number, number][] {
  const places = new Map<string, number[]>();
  for (const [index, key] of before.entries()) places.set(key, [...(places.get(key) ?? []), index]);
  return after.flatMap((key, to): [number, number][] => {
    const from = places.get(key)?.shift();
    return from === undefined ? [] : [[from, to]];
  });
}

function leftOver(length: number, taken: ReadonlySet<number>): number[] {
  return Array.from({ length }, (_, index) => index).filter((index) => !taken.has(index));
}

/** True when every entry has an id of its own. */
function identityOf(list: readonly unknown[]): boolean {
  const ids = list.map(idOf);
  return ids.every((id) => id !== '') && new Set(ids).size === ids.length;
}

function idOf(entry: unknown): string {
  return isRecord(entry) && typeof entry.id === 'string' ? entry.id : '';
}

/** What stands for an entry where only the order of a list is told. */
function nameOf(keyOf: (entry: unknown) => string): (entry: unknown) => unknown {
  return (entry) => (keyOf === idOf ? idOf(entry) : entry);
}

function change(path: Path, before: unknown, after: unknown): FieldChange {
  return { path: formatPath(path), before: before ?? null, after: after ?? null };
}
