import { describe, expect, test } from 'vitest';
import { expiryOf, withSourceEtag } from '../../../src/activities/s3/source-headers.js';

describe('what a copy is told of its source', () => {
  test.each([
    ['Sat, 02 Jan 2027 03:04:05 GMT', new Date('2027-01-02T03:04:05Z')],
    ['0', new Date(0)],
    ['-1', new Date(0)],
    ['never', new Date(0)],
    ['', undefined],
    [undefined, undefined],
  ])('Expires: %s', (ExpiresString, expected) => expect(expiryOf({ ExpiresString })).toEqual(expected));

  test('the ETag goes into the metadata, unless these are full', () => {
    expect(withSourceEtag({ a: 'b' }, '"e-2"')).toEqual({ a: 'b', 'almanac-copy-of': 'e-2' });
    const most = { a: 'x'.repeat(2048 - 1 - 'almanac-copy-of'.length - 'e-2'.length) };
    expect(withSourceEtag(most, '"e-2"')).toEqual({ ...most, 'almanac-copy-of': 'e-2' });
    const full = { ...most, b: '' };
    expect(withSourceEtag(full, '"e-2"')).toEqual(full);
  });
});
