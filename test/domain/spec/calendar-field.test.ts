import { expect, test } from 'vitest';
import { isFault, parseField } from '../../../src/domain/spec/calendar-field.js';
import type { CalendarField, Range } from '../../../src/domain/spec/compiled-spec.js';

const one = (value: number): Range => ({ start: value, end: value, step: 1 });
const span = (start: number, end: number, step = 1): Range => ({ start, end, step });

// The same as in TestMakeRange and TestCalendarMatch of the server's calendar_test.go.
test.each<[CalendarField, string, Range[]]>([
  ['minute', '*', [span(0, 59)]],
  ['minute', '13', [one(13)]],
  ['minute', ' 13 ', [one(13)]],
  ['minute', '013', [one(13)]],
  ['minute', '+13', [one(13)]],
  ['minute', '13,18,44', [one(13), one(18), one(44)]],
  ['minute', '13-18', [span(13, 18)]],
  ['minute', '2-5,7-9,11', [span(2, 5), span(7, 9), one(11)]],
  ['minute', '*/20', [span(0, 59, 20)]],
  ['minute', '3/20', [span(3, 59, 20)]],
  ['minute', '2-6/4,7-8', [span(2, 6, 4), span(7, 8)]],
  ['hour', '*', [span(0, 23)]],
  ['dayOfMonth', '2/2', [span(2, 31, 2)]],
  ['month', 'Sept', [one(9)]],
  ['month', 'jan-MARCH', [span(1, 3)]],
  ['month', 'February/5', [span(2, 12, 5)]],
  ['year', '*', []],
  ['year', '*/2', [span(2000, 2100, 2)]],
  ['year', '2026/3', [span(2026, 2100, 3)]],
  ['dayOfWeek', '*', [span(0, 6)]],
  ['dayOfWeek', '7', [one(0)]],
  ['dayOfWeek', 'su', [one(0)]],
  ['dayOfWeek', 'wed-thurs', [span(3, 4)]],
  ['dayOfWeek', '0-7', [span(0, 6)]],
  ['dayOfWeek', '1-7', [span(1, 6)]],
  ['dayOfWeek', '5-7', [one(0), span(5, 6)]],
  ['dayOfWeek', '5-7/2', [one(0), span(5, 6, 2)]],
  ['dayOfWeek', '6-7/2', [span(6, 6, 2)]],
  ['dayOfWeek', '*/7', [one(0), span(0, 6, 7)]],
  ['dayOfWeek', '7/2', [one(0)]],
])('%s %j', (field, text, ranges) => {
  expect(parseField(field, text)).toEqual(ranges);
});

test.each<[CalendarField, string, string]>([
  ['minute', '60', '"60" is not a value; allowed are 0-59'],
  ['minute', '5/', '"5/" has a step that is not a whole number from 1'],
  ['minute', '*/0', '"*/0" has a step that is not a whole number from 1'],
  ['minute', '1/2/3', '"1/2/3" has more than one "/"'],
  ['minute', '1-2-3', '"1-2-3" has more than one "-"'],
  ['minute', '18-13', '"18-13" ends before it starts'],
  ['minute', '1, 2', '" 2" is not a value'],
  ['dayOfMonth', '0', '"0" is not a value; allowed are 1-31'],
  ['dayOfMonth', 'L', '"L" (last day) is not known to Temporal'],
  ['dayOfMonth', '15W', '"15W" is not known to Temporal'],
  ['dayOfMonth', '?', '"?" is not known to Temporal (write * instead)'],
  ['hour', 'H', '"H" (hashed) is not known to Temporal'],
  ['hour', 'H(0-7)', '(hashed) is not known to Temporal'],
  ['month', 'ja', '"ja" is not a value; allowed are 1-12 or jan-dec'],
  ['dayOfWeek', 'fri-tue', '"fri-tue" ends before it starts (write two ranges in a list instead)'],
  ['dayOfWeek', '8', '"8" is not a value; allowed are 0-7 (0 and 7 are Sunday) or sun-sat'],
  ['dayOfWeek', 'monday-', '"monday-" is not a value'],
  ['year', '1999', '"1999" is not a value; allowed are 2000-2100'],
])('%s %j is refused', (field, text, message) => {
  const result = parseField(field, text);
  expect(isFault(result) ? result.fault : result).toContain(message);
});
