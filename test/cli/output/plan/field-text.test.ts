import { expect, test } from 'vitest';
import { fieldText } from '../../../../src/cli/output/plan/field-text.js';

test.each([
  [null, 'new', { sign: '+', path: 'a', after: '"new"' }],
  ['old', null, { sign: '-', path: 'a', before: '"old"' }],
  [1, { b: [true] }, { sign: '~', path: 'a', before: '1', after: '{"b":[true]}' }],
  [false, 0, { sign: '~', path: 'a', before: 'false', after: '0' }],
])('%j → %j', (before, after, expected) => {
  expect(fieldText({ path: 'a', before, after })).toEqual(expected);
});

test('of long texts the part that differs is shown', () => {
  const [before, after] = [`${'x'.repeat(100)}one end`, `${'x'.repeat(100)}two end`];
  expect(fieldText({ path: 'a', before, after }, 30)).toEqual({
    sign: '~',
    path: 'a',
    before: '…xxxxxxxxxxxxone end"',
    after: '…xxxxxxxxxxxxtwo end"',
  });
  expect(fieldText({ path: 'a', before: null, after: 'x'.repeat(100) }, 10).after).toBe('"xxxxxxxx…');
});

test('nothing in a value moves the cursor', () => {
  const { after } = fieldText({ path: 'a', before: null, after: '\x1b[2J\n\u009b1m' });
  expect(after).toBe('"\\u001b[2J\\n\\x9b1m"');
});
