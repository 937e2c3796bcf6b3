import { expect, test } from 'vitest';
import { isTimezone, timezoneMessage } from '../../src/domain/timezone.js';

test.each([
  'UTC',
  'Etc/UTC',
  'Europe/Berlin',
  'America/New_York',
  'US/Eastern',
  'Asia/Kolkata',
  'Asia/Calcutta',
  'Europe/Kyiv',
  'CET',
  'GMT',
])('%s is a timezone', (name) => {
  expect(isTimezone(name)).toBe(true);
});

test.each<[string, string | undefined]>([
  ['Europe/Berln', 'Europe/Berlin'],
  ['europe/berlin', 'Europe/Berlin'],
  ['EUROPE/BERLIN', 'Europe/Berlin'],
  ['Berlin', 'Europe/Berlin'],
  ['new york', 'America/New_York'],
  ['us/eastern', 'America/New_York'],
  ['utc', 'UTC'],
  ['+02:00', undefined],
  ['', undefined],
  ['Middle/Earth', undefined],
])('%j is none; %j is proposed', (name, proposal) => {
  expect(isTimezone(name)).toBe(false);
  expect(timezoneMessage(name)).toContain(
    proposal === undefined ? 'such as Europe/Berlin' : `did you mean "${proposal}"?`,
  );
});
