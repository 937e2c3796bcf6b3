import { expect, test } from 'vitest';
import { decideRestart } from '../../../src/local/process/restart-policy.js';

test('pauses double, and the fifth death within a minute is the last', () => {
  const deaths: number[] = [];
  const decisions = [0, 1_000, 3_000, 6_000, 11_000].map((time) => {
    deaths.push(time);
    return decideRestart(deaths, time);
  });
  expect(decisions).toEqual([
    { restart: true, deaths: 1, delayMs: 500 },
    { restart: true, deaths: 2, delayMs: 1_000 },
    { restart: true, deaths: 3, delayMs: 2_000 },
    { restart: true, deaths: 4, delayMs: 4_000 },
    { restart: false },
  ]);
});

test('deaths of more than a minute ago are forgotten', () => {
  expect(decideRestart([0, 1_000, 2_000, 3_000, 61_500], 61_500)).toEqual({ restart: true, deaths: 3, delayMs: 2_000 });
  expect(decideRestart([0, 100_000, 200_000, 300_000, 400_000], 400_000)).toMatchObject({ deaths: 1, delayMs: 500 });
});
