// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacements refer to groups that way
import { expect, test } from 'vitest';
import { compileRedactions } from '../../../src/activities/s3/redaction.js';

const redact = (line: string | Buffer, pattern: string, replacement: string) =>
  compileRedactions([{ pattern, with: replacement }])?.(Buffer.from(line)).toString('latin1');

test.each([
  ['john@example.com, x@y.org', '[\\w.]+@[\\w.]+', '<mail>', '<mail>, <mail>'],
  ['2026-01-02', '(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1', '02.01.2026'],
  ['a b', '(?P<first>a) (?P<second>b)', '${second} ${first}', 'b a'],
  ['a', '(a)', '${1}0$10$0', 'a0a0a'],
  ['a', 'a', '$$1 $ $x', '$1 $ $x'],
  ['ac', '(b)?c', '[$1]', 'a[]'],
  ['abc', 'x*', '-', '-a-b-c-'],
  ['abc', '', '', 'abc'],
])('%s: %s → %s', (line, pattern, replacement, expected) => {
  expect(redact(line, pattern, replacement)).toBe(expected);
});

test('bytes that are not UTF-8 stay as they are around a match and in a group', () => {
  const line = Buffer.from('\xff\x80 key=\xfe\xfd; \xc3', 'latin1');
  expect(redact(line, 'key=([^;]*);', 'k[$1]')).toBe('\xff\x80 k[\xfe\xfd] \xc3');
});

test('positions are those of bytes, not of characters', () => {
  expect(Buffer.from(redact('größe 12 €', '(\\d+) (€)', '$2$1') ?? '', 'latin1').toString()).toBe('größe €12');
});

test('a group that is not there is named, with those that are', () => {
  expect(() => redact('a', '(?P<x>a)', '${y}')).toThrow(/refers to \$\{y\}.*\(its groups: \$1, x\)/);
  expect(() => redact('a', 'a', '$1')).toThrow(/its groups: none/);
});

test('without redactions there is nothing to call', () => {
  expect(compileRedactions([])).toBeUndefined();
});
