import { describe, expect, test } from 'vitest';
import { type Compression, compressionOfName, renameForCompression } from '../../../src/activities/s3/compression.js';
import type { SourceObject } from '../../../src/activities/s3/list-objects.js';
import { Rivals } from '../../../src/activities/s3/rivals.js';
import { Targets } from '../../../src/activities/s3/targets.js';
import { seeded } from './random.js';

function object(key: string, bucket = 'a'): SourceObject {
  return { bucket, key, name: key, size: 1, etag: '' };
}

/** In pages of three. */
async function* listed(keys: readonly string[]) {
  for (let from = 0; from < keys.length; from += 3) yield keys.slice(from, from + 3).map((key) => object(key));
}

const byUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const toGzip = (key: string) => renameForCompression(key, compressionOfName(key), 'gzip');

describe('rivals', () => {
  test.each([
    ['x', 'x.gz'],
    ['x', 'x.zst'],
    ['x.gz', 'x.zst'],
  ])('%s and %s, with others between them, become one output: refused', async (one, other) => {
    const between = ['x!', 'x.a', 'x.gy', 'x.gz.a', 'x/1', 'x.y'];
    const targets = new Targets({ bucket: 'a', prefix: '' }, { bucket: 'b', prefix: '' }, undefined);
    const claimAll = async () => {
      for await (const page of targets.watch(listed([one, other, ...between].sort(byUtf8)))) {
        for (const each of page) targets.keyFor(each, toGzip);
      }
    };
    await expect(claimAll()).rejects.toMatchObject({
      type: 'TargetCollision',
      message: expect.stringContaining(`"${one}" and "${other}" of s3://a would both become`),
    });
  });

  test.each([20261120, 7, 99])(
    'as exact as remembering everything, whatever order claims come in (seed %i)',
    async (seed) => {
      const random = seeded(seed);
      const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
      for (let round = 0; round < 300; round += 1) {
        const name = () =>
          Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
            pick(['a', '/', '.', '.gz', '.zst', '!', '😀']),
          ).join('');
        const keys = [...new Set(Array.from({ length: 12 }, name))].sort(byUtf8);
        const to = pick<Compression>(['gzip', 'zstd', 'none']);
        const outputs = keys.map((key) => renameForCompression(key, compressionOfName(key), to));
        const rivals = new Rivals('');
        const late: SourceObject[] = [];
        let found = false;
        const claim = (each: SourceObject) => {
          found ||= rivals.claim(each, outputs[keys.indexOf(each.key)] as string) !== undefined;
        };
        for await (const page of listed(keys)) {
          rivals.watch(page);
          for (const each of page) {
            if (random() < 0.5) claim(each);
            else late.push(each);
          }
        }
        late.reverse().forEach(claim);
        expect({ keys, to, found }).toEqual({ keys, to, found: new Set(outputs).size < outputs.length });
      }
    },
  );

  test('directory buckets are listed in no order, and nothing is let go', () => {
    const rivals = new Rivals('');
    const page = ['x.gz', 'b', 'x'].map((key) => object(key, 'name--use1-az4--x-s3'));
    rivals.watch(page);
    const claims = page.map((each) => rivals.claim(each, toGzip(each.key)));
    expect(claims).toEqual([undefined, undefined, 'x.gz']);
  });

  test('memory does not grow with the number of keys', () => {
    const count = 300_000;
    const rivals = new Rivals('prefix/');
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let seen = 0;
    for (let index = 0; index < count; index += 1) {
      const each = object(`prefix/${String(index).padStart(180, '0')}.csv`);
      rivals.watch([each]);
      rivals.claim(each, toGzip(each.key));
      if (++seen % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    }
    // All names with their outputs would be 108 MB.
    expect(most).toBeLessThan(60_000_000);
  });
});
