import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { s3Transform } from '../../../src/domain/steps/s3-transform.js';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { failureOf, keysOf, put, runStep } from './environment.js';

const s3 = testS3();

async function mixed() {
  const source = await newBucket(s3, 'source');
  const target = await newBucket(s3, 'target');
  for (const key of ['a', 'b', 'd']) await put(s3, source, key, `${key}\n`);
  await put(s3, source, 'c.gz', gzipSync('cut off').subarray(0, -4));
  return { source, target, step: { target: { bucket: target, prefix: '' }, manifest: 'm' } };
}

const failedKeys = [
  { key: 'c.gz', kind: 'CorruptInput', message: expect.stringContaining('/c.gz: ') },
  { key: 'gone', kind: 'NoSuchKey', message: expect.stringContaining('/gone: ') },
];

describe('objects that fail', () => {
  test('up to the tolerated percentage: the rest is done, output and manifest name them', async () => {
    const { source, target, step } = await mixed();
    const output = await runStep(s3, 's3.transform', {
      ...step,
      source: { bucket: source, keys: ['a', 'b', 'c.gz', 'd', 'gone'] },
      tolerate: { failedPercent: 40 },
    });
    expect(output).toMatchObject({ objects: 3, linesIn: 3, failed: { count: 2, objects: failedKeys } });
    expect(await keysOf(s3, target)).toEqual(['a', 'b', 'd', 'm']);
    const manifest = (await readObject(s3, target, 'm'))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(manifest.map(({ key, failed }) => [key, failed?.kind])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c.gz', 'CorruptInput'],
      ['d', undefined],
      ['gone', 'NoSuchKey'],
    ]);
  });

  test('above it: the step fails and says why', async () => {
    const { source, step } = await mixed();
    const failure = await failureOf(
      runStep(s3, 's3.transform', {
        ...step,
        source: { bucket: source, prefix: '' },
        tolerate: { failedPercent: 24.9 },
      }),
    );
    expect(failure).toMatchObject({ type: 'TooManyFailed', nonRetryable: true });
    expect(failure.message).toMatch(/1 of 4 objects failed, more than the 24.9 % .* CorruptInput: s3:\/\/.*c\.gz/);
  });

  test('none: nothing is said about failures without the field', async () => {
    const { source, step } = await mixed();
    const named = { ...step, source: { bucket: source, keys: ['a'] } };
    expect(await runStep(s3, 's3.transform', named)).not.toHaveProperty('failed');
    expect(await runStep(s3, 's3.transform', { ...named, tolerate: { failedPercent: 0 } })).toMatchObject({
      failed: { count: 0, objects: [] },
    });
  });

  test('copies tolerate the same way', async () => {
    const { source, target, step } = await mixed();
    const copy = { ...step, source: { bucket: source, keys: ['a', 'gone'] } };
    expect(await failureOf(runStep(s3, 's3.copy', copy))).toMatchObject({ type: 'NoSuchKey' });
    const output = await runStep(s3, 's3.copy', { ...copy, tolerate: { failedPercent: 50 } });
    expect(output).toMatchObject({ objects: 1, failed: { count: 1, objects: [failedKeys[1]] } });
    expect(await keysOf(s3, target)).toEqual(['a', 'm']);
  });

  test('a combined output has no gaps', () => {
    const step = { source: { bucket: 'abc', prefix: '' }, target: { bucket: 'abc', key: 'k' } };
    const parsed = s3Transform.file.safeParse({ ...step, tolerate: { failedPercent: 1 } });
    expect(parsed.error?.issues).toMatchObject([
      { path: ['tolerate'], message: expect.stringContaining('target prefix') },
    ]);
  });
});
