import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { LineAutomaton } from '../../../src/activities/s3/line-automaton.js';
import { randomBytes, seeded } from './random.js';

const atoms = [
  'a',
  'b',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '\\s',
  '\\b',
  '\\B',
  '^',
  '$',
  'é',
  '[à-ü]',
  '\\pL',
  '(?i:é)',
  '\\x{1F600}',
  '\\x{FFFD}',
  '(?s:.)',
  '\\z',
  '(?m:^a)',
  '(?m:b$)',
  '[^\\x00-\\x{10FFFF}]',
  'a{2,5}',
];
const alphabet = [
  'a',
  'b',
  'A',
  '1',
  ' ',
  '_',
  '\r',
  '\t',
  'é',
  'É',
  'ü',
  '\u{1F600}',
  '\uFFFD',
  '€',
  '\xff',
  '\xc3',
  '\xe2',
  '\xf0',
  '\x80',
  '\xed',
  '\xa0',
  '\xc0',
  '\xf4',
  '\x90',
];

test('answers as RE2JS does, for any expression and any bytes', () => {
  const random = seeded(42);
  const one = (from: string[]) => from[Math.floor(random() * from.length)] as string;
  function expression(depth: number): string {
    const roll = random();
    if (depth === 0 || roll < 0.35) return one(atoms);
    if (roll < 0.65) return expression(depth - 1) + expression(depth - 1);
    if (roll < 0.8) return `(?:${expression(depth - 1)}|${expression(depth - 1)})`;
    return `(${expression(depth - 1)})${one(['*', '+', '?', '*?', '{0,2}'])}`;
  }
  let matched = 0;
  for (let round = 0; round < 400; round++) {
    const source = expression(3);
    const [regex, automaton] = [RE2JS.compile(source), new LineAutomaton(RE2JS.compile(source))];
    for (let line = 0; line < 25; line++) {
      const bytes = randomBytes(random, 14, alphabet);
      const block = Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('ab')]);
      const answer = automaton.test(block, 2, 2 + bytes.length);
      if (answer !== regex.test(bytes)) {
        expect({ source, bytes: bytes.toString('latin1'), answer }).toEqual({ source, answer: regex.test(bytes) });
      }
      if (answer) matched++;
    }
  }
  expect(matched).toBeGreaterThan(2000);
  expect(matched).toBeLessThan(9000);
});

test('an expression with too many states is left to RE2JS, not answered wrongly', () => {
  const automaton = new LineAutomaton(RE2JS.compile('a[ab]{12}c'));
  const random = seeded(1);
  const bytes = randomBytes(random, 100_000, ['a', 'b']);
  expect(automaton.test(bytes, 0, bytes.length)).toBeUndefined();
});

test('an expression that makes a backtracking engine hang takes linear time', () => {
  const automaton = new LineAutomaton(RE2JS.compile('(a+)+$'));
  const line = Buffer.from(`${'a'.repeat(1_000_000)}b`);
  const before = performance.now();
  expect(automaton.test(line, 0, line.length)).toBe(false);
  expect(performance.now() - before).toBeLessThan(2000);
});
