import type { Range } from './compiled-spec.js';

export function eachValue(ranges: readonly Range[], use: (value: number) => void): void {
  for (const { start, end, step } of ranges) for (let value = start; value <= end; value += step) use(value);
}

/** 1 at each value of the ranges. */
export function valueSet(ranges: readonly Range[], size: number): Uint8Array {
  const values = new Uint8Array(size);
  eachValue(ranges, (value) => {
    values[value] = 1;
  });
  return values;
}

/** At each number up to `size`, the first value of the ranges that is not below it, or `size`. */
export function nextValues(ranges: readonly Range[], size: number): Uint8Array {
  const values = valueSet(ranges, size);
  const nexts = new Uint8Array(size + 1).fill(size);
  for (let value = size - 1; value >= 0; value -= 1)
    nexts[value] = values[value] ? value : (nexts[value + 1] as number);
  return nexts;
}
