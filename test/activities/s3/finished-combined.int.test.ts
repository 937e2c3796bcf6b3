import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { dyingS3, interposedS3, keysOf, openUploads, put, runStep, sha256 } from './environment.js';

vi.setConfig({ testTimeout: 120_000 });

const s3 = testS3();
const line = (name: string) => `${name} ${'and nothing else, '.repeat(5)}\n`;
const pieces = { a: line('a').repeat(60_000), b: 'b without a line break', c: line('c').repeat(120_000) };
const expected = sha256(Buffer.from(`${pieces.a}${pieces.b}\n${pieces.c}`));

async function prepared() {
  const source = await newBucket(s3, 'source');
  const target = await newBucket(s3, 'target');
  for (const [name, body] of Object.entries(pieces)) await put(s3, source, name, body);
  const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key: 'all' }, manifest: 'm' };
  const read = async (key: string) => (await readObject(s3, target, key)).toString();
  return { source, target, step, read };
}

/** A client that counts the sources that are read, and the requests that write under a key that people see. */
function countingS3(source: string): { client: S3Client; counts: { reads: number; writes: number } } {
  const counts = { reads: 0, writes: 0 };
  const client = interposedS3(({ command, input, go }) => {
    const { Bucket = '', Key = '' } = input as { Bucket?: string; Key?: string };
    if (command === 'GetObjectCommand' && Bucket === source) counts.reads += 1;
    if (/^(PutObject|UploadPart)Command$/.test(command) && !Key.startsWith('all.almanac/')) counts.writes += 1;
    return go();
  });
  return { client, counts };
}

describe('a combined output whose end nobody heard of', () => {
  test('lost after the journal was deleted: neither read nor written again', async () => {
    const { source, target, step, read } = await prepared();
    const first = await runStep(s3, 's3.transform', step);
    expect(sha256(await readObject(s3, target, 'all'))).toBe(expected);
    const manifest = await read('m');
    expect(
      manifest
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text).key),
    ).toEqual(['a', 'b', 'c', undefined]);
    const { client, counts } = countingS3(source);
    expect(await runStep(client, 's3.transform', step)).toEqual(first);
    expect(counts).toEqual({ reads: 0, writes: 0 });
    expect(await read('m')).toBe(manifest);
    expect(await keysOf(s3, target)).toEqual(['all', 'm']);
  });

  test.each([
    ['before its journal was deleted', 'DeleteObjectsCommand', 0],
    ['before it was tagged', 'PutObjectTaggingCommand', 1],
  ])('lost %s: not read again, and nothing left over', async (_, command, writes) => {
    const { source, target, step, read } = await prepared();
    const undisturbed = await runStep(s3, 's3.transform', { ...step, target: { bucket: target, key: 'other' } });
    const manifest = (await read('m')).replaceAll('"other"', '"all"');
    // Whatever is asked of S3 from here on fails, and nobody hears how the attempt ends.
    await runStep(dyingS3(command, 1), 's3.transform', step).catch(() => undefined);
    expect(await keysOf(s3, target)).toContainEqual(expect.stringContaining('all.almanac/'));
    const { client, counts } = countingS3(source);
    expect(await runStep(client, 's3.transform', step)).toEqual(undisturbed);
    expect(counts).toEqual({ reads: 0, writes });
    expect(await read('m')).toBe(manifest);
    expect(sha256(await readObject(s3, target, 'all'))).toBe(expected);
    expect(await keysOf(s3, target)).toEqual(['all', 'm', 'other']);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test.each<[string, (made: { source: string; target: string }) => Promise<unknown>, object?]>([
    ['a source that changed', ({ source }) => put(s3, source, 'b', 'B without a line break')],
    ['a source that came', ({ source }) => put(s3, source, 'd', 'd\n')],
    ['a source that went', ({ source }) => s3.send(new DeleteObjectCommand({ Bucket: source, Key: 'b' }))],
    ['another manifest under its key', ({ target }) => put(s3, target, 'm', '{}\n')],
    ['a manifest that is gone', ({ target }) => s3.send(new DeleteObjectCommand({ Bucket: target, Key: 'm' }))],
    ['another object under its key', ({ target }) => put(s3, target, 'all', 'mine')],
    ['other rules', async () => {}, { drop: 'without' }],
    ['another manifest asked for', async () => {}, { manifest: 'm2' }],
  ])('%s: done again', async (_, change, rules = {}) => {
    const { source, target, step } = await prepared();
    await runStep(s3, 's3.transform', step);
    await change({ source, target });
    const { client, counts } = countingS3(source);
    const again = { ...step, manifest: 'm', ...rules };
    const output = await runStep(client, 's3.transform', again);
    expect(counts.reads).toBe((await keysOf(s3, source)).length);
    const fresh = { ...again, target: { bucket: target, key: 'fresh' }, manifest: 'fresh.m' };
    expect(await runStep(s3, 's3.transform', fresh)).toEqual({ ...output, manifest: 'fresh.m' });
    const [all, manifest, freshAll, freshManifest] = await Promise.all(
      ['all', again.manifest, 'fresh', 'fresh.m'].map((key) => readObject(s3, target, key)),
    );
    expect(sha256(all ?? Buffer.alloc(0))).toBe(sha256(freshAll ?? Buffer.alloc(1)));
    expect(manifest?.toString()).toBe(freshManifest?.toString().replaceAll('"fresh"', '"all"'));
  });

  test('tags that are refused cost work and nothing else', async () => {
    const { source, step, read } = await prepared();
    const refusing = interposedS3(({ command, go }) => {
      if (command !== 'PutObjectTaggingCommand') return go();
      throw Object.assign(new Error('no'), { name: 'AccessDenied' });
    });
    const first = await runStep(refusing, 's3.transform', step);
    const manifest = await read('m');
    const { client, counts } = countingS3(source);
    expect(await runStep(client, 's3.transform', step)).toEqual(first);
    expect(counts.reads).toBe(3);
    expect(await read('m')).toBe(manifest);
  });
});
