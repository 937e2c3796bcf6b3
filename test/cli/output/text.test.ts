import { expect, test } from 'vitest';
import { count, oneLine, shorten } from '../../../src/cli/output/text.js';

test('text from elsewhere stays on its line and cannot speak to the terminal', () => {
  expect(oneLine('first\n\tsecond \r\n third')).toBe('first second third');
  expect(oneLine('red \x1b[31mnote\x07')).toBe('red \\x1b[31mnote\\x07');
  expect(oneLine('über 1 ≤ 2')).toBe('über 1 ≤ 2');
});

test('shorten keeps the width', () => {
  expect(shorten('abcdef', 6)).toBe('abcdef');
  expect(shorten('abcdefg', 6)).toBe('abcde…');
  expect(shorten('abc', 1)).toBe('a');
  expect(shorten('abc', 0)).toBe('');
});

test('count', () => {
  expect(count(1, 'schedule')).toBe('1 schedule');
  expect(count(0, 'schedule')).toBe('0 schedules');
  expect(count(1234, 'entry', 'entries')).toBe('1,234 entries');
});
