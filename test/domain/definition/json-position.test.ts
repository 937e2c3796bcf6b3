import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/domain/definition/json-position.js';

describe('positions', () => {
  const text = '{\r\n  "a": [1,\r\n    {"b c": "😀", "d": null}]\r\n}';
  const { positionOf, value, faults } = parseJson(text);

  test('the value is that of JSON.parse', () => {
    expect(faults).toEqual([]);
    expect(value).toEqual(JSON.parse(text));
  });

  test.each<[string, 'key' | 'value', number, number]>([
    ['', 'value', 1, 1],
    ['a', 'key', 2, 3],
    ['a', 'value', 2, 8],
    ['a[0]', 'value', 2, 9],
    ['a[1]', 'value', 3, 5],
    ['a[1]["b c"]', 'key', 3, 6],
    ['a[1]["b c"]', 'value', 3, 13],
    ['a[1].d', 'value', 3, 24],
    // Absent: the nearest that is there.
    ['a[1].e.f', 'value', 3, 5],
    ['a[7]', 'value', 2, 8],
    ['x["y.z"][0]', 'value', 1, 1],
  ])('%j (%s) is at %i:%i', (path, at, line, column) => {
    expect(positionOf(path, at)).toEqual({ line, column });
  });

  test('a byte order mark takes no column', () => {
    expect(parseJson('\uFEFF{"a": 1}').positionOf('a', 'key')).toEqual({ line: 1, column: 2 });
  });
});

test('of a key given twice the second is the fault, and the one that counts', () => {
  const { faults, value, positionOf } = parseJson('{"a": 1,\n "a": 2}');
  expect(faults).toEqual([{ path: 'a', message: 'the key "a" is given twice', line: 2, column: 2 }]);
  expect(value).toEqual({ a: 2 });
  expect(positionOf('a')).toEqual({ line: 2, column: 7 });
});

test('keys that JavaScript knows are keys like others', () => {
  const { value, faults } = parseJson('{"__proto__": {"x": 1}, "constructor": 2}');
  expect(faults).toEqual([]);
  expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
});

test('what is nested too deeply is a fault and not the end of the process', () => {
  const { faults, value } = parseJson(`{"a":${'['.repeat(1_000_000)}`);
  expect(value).toBeUndefined();
  expect(faults).toMatchObject([{ message: 'nested deeper than 64 levels', line: 1 }]);
});

test('exactly what JSON.parse takes has no fault, whatever one character does to a file', () => {
  const text = '{"a": [1, -2.5e3, true, null], "b\\u00e9": "x\\n", "c": {}}';
  const characters = [
    '',
    '"',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '\\',
    '/',
    '\t',
    '\n',
    '\v',
    '\u00a0',
    '\u0000',
    '0',
    '.',
    '-',
    'e',
    '+',
    '#',
    "'",
    'x',
  ];
  const disagreements: string[] = [];
  for (let offset = 0; offset <= text.length; offset += 1) {
    for (const character of characters) {
      for (const removed of [0, 1]) {
        const changed = text.slice(0, offset) + character + text.slice(offset + removed);
        const { faults } = parseJson(changed);
        const own = faults.filter(({ message }) => !message.includes('given twice')).length === 0;
        if (own !== isJson(changed)) disagreements.push(changed);
      }
    }
  }
  expect(disagreements).toEqual([]);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
