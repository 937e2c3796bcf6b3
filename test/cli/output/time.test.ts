import { expect, test } from 'vitest';
import { formatLocal, formatRelative, formatSpan, localTime } from '../../../src/cli/output/time.js';

test.each([
  [0, '0ms'],
  [42.7, '42ms'],
  [420, '0.4s'],
  [999, '0.9s'],
  [1000, '1s'],
  [65_000, '1m 5s'],
  [120_000, '2m'],
  [11_520_000, '3h 12m'],
  [90_061_000, '1d 1h'],
  [86_400_000 + 59_000, '1d'],
])('%i ms is %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test('relative to now', () => {
  const now = Date.UTC(2026, 10, 23, 8);
  expect(formatRelative(now + 11_520_000, now)).toBe('in 3h 12m');
  expect(formatRelative(now - 302_000, now)).toBe('5m 2s ago');
  expect(formatRelative(now + 999, now)).toBe('now');
});

test.each([
  ['2026-11-23T08:30:00Z', 'Europe/Berlin', 'Mon 2026-11-23 09:30:00 +01:00'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', 'Sun 2026-03-29 03:00:00 +02:00'],
  ['2026-11-23T08:30:00Z', 'UTC', 'Mon 2026-11-23 08:30:00 +00:00'],
  ['2026-11-23T00:00:00Z', 'Europe/Paris', 'Mon 2026-11-23 01:00:00 +01:00'],
  ['2026-11-22T23:00:00Z', 'Europe/Paris', 'Mon 2026-11-23 00:00:00 +01:00'],
  ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', 'Thu 2026-01-01 05:45:00 +05:45'],
  ['2026-01-01T00:00:00Z', 'America/St_Johns', 'Wed 2025-12-31 20:30:00 -03:30'],
])('%s in %s is %s', (instant, timezone, text) => {
  expect(formatLocal(Date.parse(instant), timezone)).toBe(text);
});

test('the two hours of an autumn fold differ by their offset', () => {
  const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((instant) =>
    localTime(Date.parse(instant), 'Europe/Berlin'),
  );
  expect(first).toMatchObject({ time: '02:30:00', offset: '+02:00' });
  expect(second).toMatchObject({ time: '02:30:00', offset: '+01:00' });
});
