import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.js';

test('the order of keys makes no difference, at any depth; that of lists does', () => {
  const text = '{"a":[{"x":1,"y":2},null],"b":"ü","c":{}}';
  expect(canonicalJson({ b: 'ü', c: {}, a: [{ y: 2, x: 1 }, null] })).toBe(text);
  expect(canonicalJson({ a: [{ x: 1, y: 2 }, null], b: 'ü', c: {} })).toBe(text);
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test('undefined is no value', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(canonicalJson([undefined])).toBe('[null]');
  expect(canonicalJson(undefined)).toBe('null');
});
