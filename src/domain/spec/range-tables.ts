import type { Range } from './compiled-spec.js';

export function eachValue(ranges: readonly Range[], use: (value: number) => void): void {
  for (const { start, end, step } of ranges) for (let value = start; value <= end; value += step) use(value);
}

/** 1 at each value of the ranges. Not to be changed: equal ones are shared. */
export function valueSet(ranges: readonly Range[], size: number): Uint8Array {
  return shared(sets, ranges, size, makeSet);
}

/** At each number up to `size`, the first value of the ranges that is not below it, or `size`. Not to be changed. */
export function nextValues(ranges: readonly Range[], size: number): Uint8Array {
  return shared(nexts, ranges, size, makeNexts);
}

const sets = new Map<number, Uint8Array>();
const nexts = new Map<number, Uint8Array>();
const mostShared = 2_000;

/** Most fields of most calendars are `*` or one value: thousands of schedules need some dozens of tables. */
function shared(
  known: Map<number, Uint8Array>,
  ranges: readonly Range[],
  size: number,
  make: (ranges: readonly Range[], size: number) => Uint8Array,
): Uint8Array {
  const [range] = ranges;
  if (range === undefined || ranges.length > 1) return make(ranges, size);
  const { start, end, step } = range;
  // Years, and steps beyond every value, are seldom written.
  if (Math.max(size, start, end, step) >= 128) return make(ranges, size);
  const key = ((size * 128 + start) * 128 + end) * 128 + step;
  const table = known.get(key) ?? make(ranges, size);
  if (known.size < mostShared) known.set(key, table);
  return table;
}

function makeSet(ranges: readonly Range[], size: number): Uint8Array {
  const values = new Uint8Array(size);
  eachValue(ranges, (value) => {
    values[value] = 1;
  });
  return values;
}

function makeNexts(ranges: readonly Range[], size: number): Uint8Array {
  const values = makeSet(ranges, size);
  const nexts = new Uint8Array(size + 1).fill(size);
  for (let value = size - 1; value >= 0; value -= 1)
    nexts[value] = values[value] ? value : (nexts[value + 1] as number);
  return nexts;
}
