import { expect, test } from 'vitest';
import { zoneOf } from '../../../src/domain/spec/zone.js';

const at = (zone: string, instant: string) => zoneOf(zone).segmentAt(Date.parse(instant) / 1000).offset / 3600;

test.each([
  ['UTC', '2026-07-01T00:00:00Z', 0],
  ['Europe/Berlin', '2026-03-29T00:59:59Z', 1],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', 2],
  ['Europe/Berlin', '2099-07-01T00:00:00Z', 2],
  ['Asia/Kathmandu', '2026-07-01T00:00:00Z', 5.75],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59Z', 11],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 10.5],
  ['Pacific/Apia', '2011-12-30T09:59:59Z', -10],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', 14],
  ['Africa/Monrovia', '1972-01-01T00:00:00Z', -(44 * 60 + 30) / 3600],
  ['Antarctica/Troll', '2026-07-01T00:00:00Z', 2],
])('%s at %s', (zone, instant, offset) => {
  expect(at(zone, instant)).toBe(offset);
});

test('the shortest stays of a clock are found: a week less an hour', () => {
  expect(
    ['2000-10-07T00:00:00Z', '2000-10-10T00:00:00Z', '2000-10-16T00:00:00Z'].map((time) => at('America/Recife', time)),
  ).toEqual([-3, -2, -3]);
});

const utc = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  dateStyle: 'short',
  timeStyle: 'medium',
  hourCycle: 'h23',
});

test('segments hold their time, touch, and differ from Intl nowhere', () => {
  for (const name of [
    'Africa/Casablanca',
    'Africa/Cairo',
    'America/Argentina/San_Luis',
    'Asia/Gaza',
    'Antarctica/Casey',
  ]) {
    const zone = zoneOf(name);
    const zoned = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    });
    const end = Date.UTC(2045, 0) / 1000;
    for (let time = Date.UTC(1995, 0) / 1000; time < end; time += 31 * 3600) {
      const segment = zone.segmentAt(time);
      expect(segment.start <= time && time < segment.end).toBe(true);
      if (zoned.format(time * 1000) !== utc.format((time + segment.offset) * 1000))
        expect([name, time]).toEqual('alike');
    }
  }
});

test('an unknown zone is an error', () => {
  expect(() => zoneOf('Europe/Berln')).toThrow(RangeError);
});
