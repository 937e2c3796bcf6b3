import { describe, expect, test } from 'vitest';
import { compressionOfName, renameForCompression } from '../../../src/activities/s3/compression.js';
import { copySource, partRanges } from '../../../src/activities/s3/copy-in-parts.js';
import { partSize } from '../../../src/activities/s3/part-size.js';
import { type Target, Targets } from '../../../src/activities/s3/targets.js';
import type { SourceObjects } from '../../../src/domain/steps/s3-object.js';

function keyFor(source: SourceObjects, target: Target, key: string, rename?: (key: string) => string) {
  const name = key.slice((source.prefix ?? '').length);
  return new Targets(source, target, undefined).keyFor({ bucket: source.bucket, key, name, size: 1, etag: '' }, rename);
}

describe('Targets', () => {
  test.each([
    [{ prefix: 'a/' }, 'b/', 'a/x.csv', 'b/x.csv'],
    [{ prefix: 'a' }, 'b', 'a/x.csv', 'b/x.csv'],
    [{ keys: ['a/x.csv'] }, 'b/', 'a/x.csv', 'b/a/x.csv'],
    [{ prefix: '' }, '', 'x', 'x'],
    // Keys are no paths: dots and slashes mean nothing.
    [{ prefix: 'a/' }, 'b/', 'a/../x', 'b/../x'],
    [{ prefix: 'a/' }, 'b/', 'a//x/', 'b//x/'],
  ])('source %j, target prefix %j: %s → %s', (source, prefix, key, expected) => {
    expect(keyFor({ bucket: 'one', ...source }, { bucket: 'two', prefix }, key)).toBe(expected);
  });

  test.each<[string, SourceObjects, Target, string | undefined]>([
    ['the same prefix', { bucket: 'b', prefix: 'a/' }, { bucket: 'b', prefix: 'a/' }, undefined],
    ['below the source', { bucket: 'b', prefix: 'a/' }, { bucket: 'b', prefix: 'a/out/' }, undefined],
    ['the whole bucket as source', { bucket: 'b', prefix: '' }, { bucket: 'b', prefix: 'out/' }, undefined],
    ['a target key in the source', { bucket: 'b', prefix: 'a/' }, { bucket: 'b', key: 'a/all' }, undefined],
    ['a manifest in the source', { bucket: 'b', prefix: 'a/' }, { bucket: 'b', prefix: 'c/' }, 'a/manifest'],
  ])('refuses %s', (_, source, target, manifest) => {
    expect(() => new Targets(source, target, manifest)).toThrow(
      expect.objectContaining({ type: 'TargetInsideSource', nonRetryable: true }),
    );
  });

  test.each<[string, SourceObjects, string, string]>([
    ['a key list', { bucket: 'b', keys: ['x', 'out/x'] }, 'out/', 'x'],
    ['a source below its target', { bucket: 'b', prefix: 'a/b/' }, 'a/', 'a/b/b/x'],
    ['globs that match the output too', { bucket: 'b', prefix: '', include: ['**/*.csv'] }, 'out/', 'x.csv'],
  ])('refuses an output that is a source: %s', (_, source, prefix, key) => {
    expect(() => keyFor(source, { bucket: 'b', prefix }, key)).toThrow(/would write into its own source/);
  });

  test.each<[string, SourceObjects, Target]>([
    ['another bucket', { bucket: 'a', prefix: '' }, { bucket: 'b', prefix: '' }],
    ['a prefix beside it', { bucket: 'b', prefix: 'in/' }, { bucket: 'b', prefix: 'out/' }],
    ['excluded', { bucket: 'b', prefix: '', exclude: ['out/**'] }, { bucket: 'b', prefix: 'out/' }],
    ['not included', { bucket: 'b', prefix: '', include: ['*.csv'] }, { bucket: 'b', prefix: 'out/' }],
  ])('allows %s', (_, source, target) => {
    const object = { bucket: source.bucket, key: `${source.prefix}x.csv`, name: 'x.csv', size: 1, etag: '' };
    expect(new Targets(source, target, undefined).keyFor(object)).toMatch(/x\.csv$/);
  });

  test('an object that is the whole prefix, and another that gets the same name', () => {
    const targets = new Targets({ bucket: 'a', prefix: 'in/x' }, { bucket: 'b', prefix: '' }, undefined);
    targets.keyFor({ bucket: 'a', key: 'in/x', name: 'x', size: 1, etag: '' });
    const other = { bucket: 'a', key: 'in/xx', name: 'x', size: 1, etag: '' };
    expect(() => targets.keyFor(other)).toThrow(/"in\/x" and "in\/xx" of s3:\/\/a would both become/);
  });
});

describe('names and sizes', () => {
  test.each([
    ['a.json', 'none', 'gzip', 'a.json.gz'],
    ['a.json.gz', 'gzip', 'none', 'a.json'],
    ['a.json.gz', 'gzip', 'zstd', 'a.json.zst'],
    ['a.json', 'gzip', 'none', 'a.json'],
    ['a.json', 'gzip', 'gzip', 'a.json'],
    ['a.json.gz', 'gzip', 'gzip', 'a.json.gz'],
  ] as const)('%s from %s to %s is %s', (key, from, to, expected) => {
    expect(renameForCompression(key, from, to)).toBe(expected);
    expect(compressionOfName(expected)).toBe(to === from ? compressionOfName(key) : to);
  });

  test('10,000 parts hold 5 TiB, and no part is above 5 GiB before that', () => {
    let total = 0;
    for (let part = 1; part <= 10_000 && total < 5 * 1024 ** 4; part++) {
      expect(partSize(part)).toBeLessThanOrEqual(5 * 1024 ** 3);
      total += partSize(part);
    }
    expect(total).toBeGreaterThanOrEqual(5 * 1024 ** 4);
  });

  test('ranges of a copy cover every byte once', () => {
    expect(partRanges(10, 4)).toEqual([
      { partNumber: 1, range: 'bytes=0-3', size: 4 },
      { partNumber: 2, range: 'bytes=4-7', size: 4 },
      { partNumber: 3, range: 'bytes=8-9', size: 2 },
    ]);
    expect(partRanges(1_000_000, 10)).toHaveLength(10_000);
  });

  test('a copy source is percent-encoded, slashes are not', () => {
    expect(copySource({ bucket: 'b', key: 'a b/ü+%?#/c' })).toBe('b/a%20b/%C3%BC%2B%25%3F%23/c');
  });
});
