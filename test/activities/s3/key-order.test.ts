import { describe, expect, test } from 'vitest';
import { compareKeys, keyBefore } from '../../../src/activities/s3/key-order.js';

const keys = [
  '',
  'a',
  'a-b',
  'a/',
  'a/b',
  'a0',
  'aa',
  'b',
  '\u{80}',
  'ü',
  '\ud7ff',
  '\ue000',
  '\uffee',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{1f600}a',
];

test('keys are in the order of their bytes in UTF-8', () => {
  for (const a of keys) {
    for (const b of keys) {
      expect(Math.sign(compareKeys(a, b)), JSON.stringify([a, b])).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }
  }
});

describe('the key to start a listing after', () => {
  test.each(['a', 'in/0003', 'b/ü', '\ue000', '\u{10000}', '\u{1f600}', 'x"'])('%j', (key) => {
    const before = keyBefore(key) ?? '';
    expect(compareKeys(before, key)).toBeLessThan(0);
    const others = [...keys, 'in/0002', 'in/0002~', 'b/û', 'b/u', 'x!'].filter((other) => compareKeys(other, key) < 0);
    expect(others.filter((other) => compareKeys(other, before) > 0)).toEqual([]);
    expect(Buffer.from(before).toString(), 'no half of a character').toBe(before);
  });

  test.each(['', 'a ', 'a\n'])('there is none that every server takes for %j', (key) => {
    expect(keyBefore(key)).toBeUndefined();
  });
});
