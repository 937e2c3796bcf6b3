import { expect, test } from 'vitest';
import { formatAmount, formatBar, formatProgress, progressFacts } from '../../../src/cli/output/progress.js';

const now = 100_000;

test("the worker's rate gives the time left", () => {
  const progress = { done: 12_000, total: 60_000, unit: 'lines', rate: 3_200 };
  const facts = progressFacts(progress, 0, now);
  expect(facts).toEqual({ fraction: 0.2, rate: 3_200, etaMs: 15_000 });
  expect(formatProgress(progress, facts)).toBe('12,000 of 60,000 lines (20%), 3,200 lines/s, 15s left');
});

test('objects are told beside the bytes that the bar and the estimate go by', () => {
  const progress = { done: 12e6, total: 60e6, unit: 'bytes', rate: 3e6, objects: { done: 1_234, total: 9_000 } };
  const facts = progressFacts(progress, 0, now);
  expect(formatProgress({ ...progress, message: 'a.csv' }, facts)).toBe(
    '12.0 of 60.0 MB (20%), 3.0 MB/s, 16s left, 1,234 of 9,000 objects, a.csv',
  );
  expect(formatProgress({ ...progress, objects: { done: 7 } }, facts)).toMatch(/, 7 objects$/);
});

test('without a rate it is the mean since the start', () => {
  expect(progressFacts({ done: 50, total: 100, unit: 'objects' }, now - 10_000, now)).toEqual({
    fraction: 0.5,
    rate: 5,
    etaMs: 10_000,
  });
});

test.each([
  ['nothing done yet', { done: 0, total: 100, unit: 'objects' }, { fraction: 0 }],
  ['no total', { done: 5, unit: 'objects', rate: 2 }, { rate: 2 }],
  ['an empty source', { done: 0, total: 0, unit: 'objects' }, {}],
  ['more done than announced', { done: 12, total: 10, unit: 'objects', rate: 1 }, { fraction: 1, rate: 1 }],
  ['standing still', { done: 1, total: 2, unit: 'objects', rate: 0 }, { fraction: 0.5, rate: 0 }],
])('%s', (_, progress, facts) => {
  expect(progressFacts(progress, now - 500, now)).toEqual(facts);
});

test('a message of the worker comes last', () => {
  const progress = { done: 3, unit: 'objects', message: 'waiting for S3' };
  expect(formatProgress(progress, {})).toBe('3 objects, waiting for S3');
});

test.each([
  [0, '░░░░░░░░░░'],
  [1, '██████████'],
  [0.5, '█████░░░░░'],
  [0.0625, '▋░░░░░░░░░'],
  [2, '██████████'],
  [-1, '░░░░░░░░░░'],
])('a bar at %f', (fraction, bar) => {
  expect(formatBar(fraction, 10)).toBe(bar);
});

test.each([
  [999, undefined, '999 bytes'],
  [1000, undefined, '1.0 KB'],
  [12_345_678, undefined, '12.3 MB'],
  [12_345_678, 50_000_000, '12.3'],
  [12_345, 50_000_000, '12.3 KB'],
])('%i bytes', (amount, followedBy, text) => {
  expect(formatAmount(amount, 'bytes', followedBy)).toBe(text);
});

test('other units are counted', () => {
  expect(formatAmount(1_234_567, 'lines')).toBe('1,234,567 lines');
  expect(formatAmount(0.5, 'objects')).toBe('0.5 objects');
  expect(formatAmount(12, 'objects', 40)).toBe('12');
});
