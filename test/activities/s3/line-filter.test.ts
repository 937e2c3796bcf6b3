import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { countLineFeeds } from '../../../src/activities/s3/count-lines.js';
import { compileRules, LineFilter, type LineRules, longestLine } from '../../../src/activities/s3/line-filter.js';
import { randomBytes, seeded } from './random.js';

function filter(input: Buffer, rules: LineRules, chunkSizes: Iterator<number>) {
  const lines = new LineFilter(compileRules(rules));
  const out: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const size = chunkSizes.next().value ?? 1;
    out.push(Buffer.from(lines.push(input.subarray(at, at + size))));
    at += size;
  }
  out.push(Buffer.from(lines.end()));
  return { bytes: Buffer.concat(out), linesIn: lines.linesIn, linesOut: lines.linesOut };
}

function* sizes(...cycle: number[]) {
  for (;;) yield* cycle;
}

/** The same by the plainest means: split, ask RE2JS about each line, join. */
function reference(input: Buffer, { keep, drop }: LineRules) {
  const text = input.toString('latin1');
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const kept = lines.filter((line) => {
    const bytes = Buffer.from(line.replace(/\r?\n$/, ''), 'latin1');
    return (
      (keep === undefined || RE2JS.compile(keep).test(bytes)) &&
      (drop === undefined || !RE2JS.compile(drop).test(bytes))
    );
  });
  return { bytes: Buffer.from(kept.join(''), 'latin1'), linesIn: lines.length, linesOut: kept.length };
}

describe('LineFilter', () => {
  test.each([
    ['nothing', '', {}, ''],
    ['no rule', 'a\nb', {}, 'a\nb'],
    ['keep', 'ab\nb\nca\n', { keep: 'a' }, 'ab\nca\n'],
    ['keep nothing', 'ab\nb\n', { keep: 'x' }, ''],
    ['no newline at the end, kept', 'b\na', { keep: 'a' }, 'a'],
    ['no newline at the end, dropped', 'b\na', { drop: 'a' }, 'b\n'],
    ['drop empty lines', '\na\n\n\nb\n\n', { drop: '^$' }, 'a\nb\n'],
    ['keep empty lines', '\na\n\n', { keep: '^$' }, '\n\n'],
    ['CRLF stays and $ is before it', 'foo\r\nbar\r\nfoox\r\n', { keep: 'foo$' }, 'foo\r\n'],
    ['a lone CR is text', 'a\rb\nb\n', { keep: 'a\\rb' }, 'a\rb\n'],
    ['a CR at the end without LF is text', 'b\na\r', { keep: 'a\\r$' }, 'a\r'],
    ['a literal does not match across lines', 'a\nb\nab\n', { keep: 'ab' }, 'ab\n'],
    ['a literal is not found in a line break', 'a\r\nb\n', { keep: '\\r' }, ''],
    ['keep and drop', 'a1\na2\nb1\n', { keep: 'a', drop: '2' }, 'a1\n'],
    ['case folded', 'Error\nERROR\nok\n', { keep: '(?i)error' }, 'Error\nERROR\n'],
    ['redact what was kept', 'a 1\nb 2\n', { keep: 'a', redact: [{ pattern: '\\d', with: '#' }] }, 'a #\n'],
    ['redact keeps CRLF', 'k=1\r\n', { redact: [{ pattern: '=.*$', with: '=x' }] }, 'k=x\r\n'],
    [
      'redact one after the other',
      'ab\n',
      {
        redact: [
          { pattern: 'a', with: 'b' },
          { pattern: 'b', with: 'c' },
        ],
      },
      'cc\n',
    ],
  ])('%s', (_, input, rules, expected) => {
    for (const chunkSizes of [[1], [2, 3], [1000]]) {
      expect(filter(Buffer.from(input), rules, sizes(...chunkSizes)).bytes.toString()).toBe(expected);
    }
  });

  test('any bytes, any chunks, any of these expressions: as line by line', () => {
    const random = seeded(20260101);
    const patterns = [
      'a',
      'ab',
      'a.b',
      '^a',
      'b$',
      '\\bab\\b',
      'a|b',
      '(?i)AB',
      'é',
      '\\xff',
      '^$',
      '[^a]b',
      'a+b',
      '.*a.*b',
      'aab.*',
      '.{3}',
      '\\pL',
    ];
    for (let round = 0; round < 400; round++) {
      const input = randomBytes(random, 200, [
        'a',
        'b',
        'ab',
        'A',
        ' ',
        '\n',
        '\n',
        '\r\n',
        '\r',
        'é',
        '\u{1F600}',
        '\xff',
        '\x80',
      ]);
      const pick = () => patterns[Math.floor(random() * patterns.length)] as string;
      const rules = { ...(random() < 0.7 ? { keep: pick() } : {}), ...(random() < 0.5 ? { drop: pick() } : {}) };
      const chunked = sizes(...Array.from({ length: 5 }, () => 1 + Math.floor(random() * 40)));
      expect({ rules, input, ...filter(input, rules, chunked) }).toEqual({ rules, input, ...reference(input, rules) });
    }
  });

  test('a line longer than is held in memory is refused, not cut', () => {
    const lines = new LineFilter(compileRules({ keep: 'x' }));
    const chunk = Buffer.alloc(longestLine / 4, 'a');
    for (let i = 0; i < 4; i++) lines.push(chunk);
    expect(() => lines.push(chunk)).toThrow(/longer than 128 MiB/);
  });

  test('without rules no line is too long', () => {
    const lines = new LineFilter(compileRules({}));
    const chunk = Buffer.alloc(longestLine / 4, 'a');
    for (let i = 0; i < 6; i++) expect(lines.push(chunk) === chunk).toBe(true);
    lines.end();
    expect(lines.linesOut).toBe(1);
  });
});

test('countLineFeeds counts at every alignment and length', () => {
  const random = seeded(7);
  for (let round = 0; round < 300; round++) {
    const whole = randomBytes(random, 3000, ['\n', 'a', '\x0b', '\x09', '\x8a', '\x00', '\xff']);
    const part = whole.subarray(Math.floor(random() * 8), Math.floor(random() * whole.length));
    expect(countLineFeeds(part)).toBe(part.toString('latin1').split('\n').length - 1);
  }
  expect(countLineFeeds(Buffer.alloc(10_001, '\n'))).toBe(10_001);
});
