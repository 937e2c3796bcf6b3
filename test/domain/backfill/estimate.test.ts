import { expect, test } from 'vitest';
import { estimatedEnd, median } from '../../../src/domain/backfill/estimate.js';

const base = { now: 1_000_000, pending: 0, running: [] as number[], maxConcurrent: 2, slotMs: 1_000 };

test.each([
  ['nothing is left', {}, 0],
  ['nothing is known', { pending: 3, slotMs: undefined }, undefined],
  ['one after the other', { pending: 5, maxConcurrent: 1 }, 5_000],
  ['two at a time', { pending: 4 }, 2_000],
  ['fewer slots than lanes take one slot', { pending: 1, maxConcurrent: 50 }, 1_000],
  ['an open run counts for what is left of it', { running: [999_400] }, 400],
  ['one that is over its time is about to end', { running: [900_000] }, 0],
  ['open runs and pending ones share the lanes', { pending: 3, running: [1_000_000, 1_000_000] }, 2_500],
])('%s', (_, changes, expected) => {
  const end = estimatedEnd({ ...base, ...changes });
  expect(end === undefined ? undefined : end - base.now).toBe(expected);
});

test('the median is a value that was there', () => {
  expect(median([])).toBeUndefined();
  expect(median([5])).toBe(5);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 3])).toBe(2);
});
