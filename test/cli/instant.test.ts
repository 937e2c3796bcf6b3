import { expect, test } from 'vitest';
import { parseInstant } from '../../src/cli/instant.js';

const now = Date.UTC(2026, 10, 23, 8, 30);
const context = { flag: '--from', timezone: 'Europe/Berlin', now };

test.each([
  ['now', '2026-11-23T08:30:00.000Z'],
  ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
  ['2026-11-23T09:00+02:00', '2026-11-23T07:00:00.000Z'],
  ['2026-11-23', '2026-11-22T23:00:00.000Z'],
  ['2026-07-01', '2026-06-30T22:00:00.000Z'],
  ['2026-11-23T09:30', '2026-11-23T08:30:00.000Z'],
  ['2026-11-23 09:30:15', '2026-11-23T08:30:15.000Z'],
  ['+7d', '2026-11-30T08:30:00.000Z'],
  ['-1h30m', '2026-11-23T07:00:00.000Z'],
  // Spring gap: 02:30 does not exist, the clocks show 03:30.
  ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  // Autumn fold: the first 02:30.
  ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['2028-02-29', '2028-02-28T23:00:00.000Z'],
])('%s in Berlin is %s', (text, instant) => {
  expect(parseInstant(text, context).toISOString()).toBe(instant);
});

test.each([
  '',
  'tomorrow',
  '2026-13-01',
  '2026-02-30',
  '2026-02-29T00:00:00Z',
  '23.11.2026',
  '2026-11-23T25:00',
  '+7',
  '7d',
  '1e9',
])('%o is refused, naming the flag', (text) => {
  expect(() => parseInstant(text, context)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining('--from is no time') }),
  );
});
