import { expect, test } from 'vitest';
import { duration, formatDuration, parseDuration } from '../../src/domain/duration.js';

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['250ms', 250],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  ['PT2H', 7_200_000],
  ['PT1M30.5S', 90_500],
  ['P1D', 86_400_000],
  ['P1DT12H', 129_600_000],
  ['P1W', 604_800_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '5',
  's',
  '5 s',
  ' 5s',
  '-5s',
  '5S',
  '1y',
  'P',
  'PT',
  'P1DT',
  'P1M',
  'P1Y',
  'PT1H ',
  '1h 30m',
  '١s',
  '1e3s',
  '5s\n',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([0, 1, 999, 1_000, 61_000, 5_400_000, 86_400_000 * 400 + 1])(
  '%i ms is written so that it is read again',
  (ms) => {
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  },
);

test('a range is inclusive and its message names the limit', () => {
  const schema = duration({ min: '10s', max: '1h' });
  expect(schema.safeParse('10s').success && schema.safeParse('PT1H').success).toBe(true);
  expect(schema.safeParse('9.999s').error?.issues[0]?.message).toBe('too short: at least 10s');
  expect(schema.safeParse('3601s').error?.issues[0]?.message).toBe('too long: at most 1h');
  expect(schema.safeParse('soon').error?.issues[0]?.message).toContain('not a duration');
});
