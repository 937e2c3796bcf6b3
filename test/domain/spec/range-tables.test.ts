import { expect, test } from 'vitest';
import type { Range } from '../../../src/domain/spec/compiled-spec.js';
import { nextValues, valueSet } from '../../../src/domain/spec/range-tables.js';

const any: Range = { start: 0, end: 59, step: 1 };

test('equal tables are shared, others are not', () => {
  expect(valueSet([any], 60)).toBe(valueSet([{ ...any }], 60));
  expect(nextValues([any], 60)).toBe(nextValues([{ ...any }], 60));
  expect(nextValues([any], 60)).not.toBe(valueSet([any], 60));
});

test('each range has its own tables, whatever was asked for before', () => {
  const sizes = [7, 13, 24, 32, 60, 2_101];
  for (const size of sizes) {
    for (const start of [0, 1, 5]) {
      for (const end of [start, 6, size - 1]) {
        for (const step of [1, 2, 127, 128, 129, 2 ** 31 - 1]) check([{ start, end, step }], size);
      }
    }
  }
  check([], 60);
  check([{ start: 2, end: 3, step: 1 }, any], 60);
});

function check(ranges: Range[], size: number) {
  const isValue = (value: number) =>
    ranges.some(({ start, end, step }) => value >= start && value <= end && (value - start) % step === 0);
  const wanted = Array.from({ length: size }, (_, value) => (isValue(value) ? 1 : 0));
  expect([...valueSet(ranges, size)]).toEqual(wanted);
  if (size > 60) return;
  const nexts = Array.from({ length: size + 1 }, (_, from) => {
    const next = wanted.indexOf(1, from);
    return next === -1 ? size : next;
  });
  expect([...nextValues(ranges, size)]).toEqual(nexts);
}
