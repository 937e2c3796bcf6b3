import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, inject, test } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { failureOf, interposedS3, keysOf, observedS3, put, runStep, startStep } from './environment.js';

const s3 = testS3();
/** Tells of an Expires header as a time. */
const sdk = new S3Client({ region: 'us-east-1', endpoint: inject('s3Endpoint'), forcePathStyle: true });
const MiB = 1024 * 1024;

async function putInParts(Bucket: string, Key: string, Body: Buffer, headers: object = {}): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...headers }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const end = new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload });
  return (await s3.send(end)).ETag ?? '';
}

async function buckets() {
  return { source: await newBucket(s3, 'source'), target: await newBucket(s3, 'target') };
}

describe('s3.copy', () => {
  test('copies, then skips what is the same, then copies what changed', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'in/a', 'aa');
    await put(s3, source, 'in/b', 'bbb');
    const step = {
      source: { bucket: source, prefix: 'in/' },
      target: { bucket: target, prefix: 'out/' },
      manifest: 'copied.ndjson',
    };
    const run = startStep(s3, 's3.copy', step);
    expect(await run.result).toEqual({ objects: 2, bytes: 5, skipped: 0, manifest: 'copied.ndjson' });
    expect(run.heartbeats.at(-1)).toMatchObject({ done: 5, total: 5, objects: { done: 2, total: 2 }, message: 'in/b' });
    expect(await runStep(s3, 's3.copy', step)).toMatchObject({ objects: 0, bytes: 0, skipped: 2 });
    await put(s3, source, 'in/b', 'BBB');
    expect(await runStep(s3, 's3.copy', step)).toMatchObject({ objects: 1, bytes: 3, skipped: 1 });
    expect((await readObject(s3, target, 'out/b')).toString()).toBe('BBB');
    const manifest = (await readObject(s3, target, 'copied.ndjson')).toString().trimEnd().split('\n');
    expect(manifest.map((line) => JSON.parse(line))).toMatchObject([
      { key: 'in/a', targetKey: 'out/a', action: 'skipped', moved: false, bytes: 2 },
      { key: 'in/b', targetKey: 'out/b', action: 'copied', moved: false, bytes: 3 },
    ]);
  });

  test('an object that was uploaded in parts is known the next time, and keeps what it was stored with', async () => {
    const { source, target } = await buckets();
    const headers = {
      ContentType: 'text/x-parts',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment',
      ContentLanguage: 'de',
      Expires: new Date('2027-01-02T03:04:05Z'),
      Metadata: { of: 'the source' },
    };
    await putInParts(source, 'f', Buffer.alloc(MiB, 'f\n'), { ...headers, Tagging: 'colour=deep%20blue&x=1' });
    await put(s3, source, 'plain', 'p');
    const first = observedS3();
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    expect(await runStep(first.client, 's3.copy', step)).toEqual({ objects: 2, bytes: MiB + 1, skipped: 0 });
    expect(['CopyObjectCommand', 'HeadObjectCommand'].map(first.count)).toEqual([2, 1]);
    const copied = { Bucket: target, Key: 'f' };
    expect(await sdk.send(new HeadObjectCommand(copied))).toMatchObject({
      ...headers,
      Metadata: { of: 'the source', 'almanac-copy-of': expect.stringMatching(/^[0-9a-f]{32}-1$/) },
    });
    const { TagSet } = await s3.send(new GetObjectTaggingCommand(copied));
    expect(TagSet).toEqual(
      expect.arrayContaining([
        { Key: 'colour', Value: 'deep blue' },
        { Key: 'x', Value: '1' },
      ]),
    );
    const second = observedS3();
    expect(await runStep(second.client, 's3.copy', step)).toEqual({ objects: 0, bytes: 0, skipped: 2 });
    expect(second.count('CopyObjectCommand')).toBe(0);
    await putInParts(source, 'f', Buffer.alloc(MiB, 'g\n'));
    expect(await runStep(s3, 's3.copy', step)).toEqual({ objects: 1, bytes: MiB, skipped: 1 });
    expect(await runStep(s3, 's3.copy', { ...step, move: true })).toEqual({ objects: 0, bytes: 0, skipped: 2 });
    expect(await keysOf(s3, source)).toEqual([]);
  });

  test('an output of a transform that is as long as its source is no copy of it', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'abc\n');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    await runStep(s3, 's3.transform', { ...step, redact: [{ pattern: 'b', with: '*' }] });
    expect((await readObject(s3, target, 'a')).toString()).toBe('a*c\n');
    expect(await runStep(s3, 's3.copy', { ...step, move: true })).toEqual({ objects: 1, bytes: 4, skipped: 0 });
    expect((await readObject(s3, target, 'a')).toString()).toBe('abc\n');
  });

  test('copies whose encryption gives them ETags of their own are known the next time', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'aa');
    await s3.send(new PutObjectCommand({ Bucket: source, Key: 'b', Body: 'bb', Metadata: { of: 'b' } }));
    let copies = 0;
    // The server here encrypts nothing: what it copied is stored once more, in a way that makes another ETag.
    const encrypting = interposedS3(async ({ command, input, go }) => {
      const output = await go();
      if (command !== 'CopyObjectCommand') return output;
      copies += 1;
      const { Key = '' } = input as CopyObjectCommandInput;
      const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: target, Key }));
      const ETag = await putInParts(target, Key, await readObject(s3, target, Key), { Metadata });
      return { CopyObjectResult: { ETag } };
    });
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    expect(await runStep(encrypting, 's3.copy', step)).toEqual({ objects: 2, bytes: 4, skipped: 0 });
    expect(copies).toBeLessThanOrEqual(4);
    expect((await s3.send(new HeadObjectCommand({ Bucket: target, Key: 'b' }))).Metadata).toMatchObject({ of: 'b' });
    copies = 0;
    expect(await runStep(encrypting, 's3.copy', step)).toEqual({ objects: 0, bytes: 0, skipped: 2 });
    expect(copies).toBe(0);
  });

  test('keys with spaces, unicode, plus and percent', async () => {
    const { source, target } = await buckets();
    const names = ['a b', 'ü/ñ€', 'a+b', '100%25', "q'(1)&=?#;", '日本語', '.hidden'];
    for (const name of names) await put(s3, source, name, name);
    await runStep(s3, 's3.copy', { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'o/' } });
    for (const name of names) expect((await readObject(s3, target, `o/${name}`)).toString()).toBe(name);
  });

  test('moves: the sources are gone, also those that had been copied before', async () => {
    const { source, target } = await buckets();
    for (const key of ['a', 'b', 'c.keep']) await put(s3, source, key, key);
    await s3.send(new CopyObjectCommand({ Bucket: target, Key: 'a', CopySource: `${source}/a` }));
    const step = {
      source: { bucket: source, prefix: '', exclude: ['*.keep'] },
      target: { bucket: target, prefix: '' },
    };
    expect(await runStep(s3, 's3.copy', { ...step, move: true })).toEqual({ objects: 1, bytes: 1, skipped: 1 });
    expect(await keysOf(s3, source)).toEqual(['c.keep']);
    expect(await keysOf(s3, target)).toEqual(['a', 'b']);
  });

  describe('a move whose worker is killed in the middle', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];

    async function halfMoved(source: { prefix: string } | { keys: string[] }, more: object = {}) {
      const { source: bucket, target } = await buckets();
      for (const name of names) await put(s3, bucket, name, name.repeat(3));
      // Another ETag than that of its copy.
      await putInParts(bucket, 'f', Buffer.alloc(6 * MiB, 'f\n'));
      const step = { source: { bucket, ...source }, target: { bucket: target, prefix: 'to/' }, move: true, ...more };
      const killedAfter = interposedS3(async ({ command, go }) => {
        const isDeletion = command === 'DeleteObjectCommand';
        if (isDeletion && ++begun > 2) await death.promise;
        if (dead) throw new Error('killed');
        const output = await go();
        // Two deletions reach S3, and nobody learns of the second.
        if (isDeletion && ++deleted >= 2) {
          dead = true;
          death.resolve();
        }
        if (dead) throw new Error('killed');
        return output;
      });
      const death = deferred();
      let dead = false;
      let begun = 0;
      let deleted = 0;
      const failure = await failureOf(runStep(killedAfter, 's3.copy', step));
      expect(failure.nonRetryable).toBe(false);
      const left = await keysOf(s3, bucket);
      expect(left.length).toBeLessThanOrEqual(4);
      expect(left.length).toBeGreaterThan(0);
      return { bucket, target, step, left };
    }

    test.each<[string, { prefix: string } | { keys: string[] }]>([
      ['a prefix', { prefix: '' }],
      ['single keys', { keys: [...names, 'f'] }],
    ])('%s: the next attempt moves the rest', async (_, from) => {
      const { bucket, target, step, left } = await halfMoved(from, { manifest: 'm' });
      const output = await runStep(s3, 's3.copy', step);
      const found = 'keys' in from ? names.length + 1 : left.length;
      expect(output.objects + output.skipped).toBe(found);
      expect(await keysOf(s3, bucket)).toEqual([]);
      expect(await keysOf(s3, target)).toEqual(['m', ...[...names, 'f'].map((name) => `to/${name}`)]);
      for (const name of names) expect((await readObject(s3, target, `to/${name}`)).toString()).toBe(name.repeat(3));
      const manifest = (await readObject(s3, target, 'm')).toString().trimEnd().split('\n');
      const records = manifest.map((line) => JSON.parse(line));
      expect(records.map(({ key }) => key)).toEqual('keys' in from ? [...names, 'f'] : left);
      expect(records.every(({ moved }) => moved)).toBe(true);
    });

    test('single keys, lost when all was moved, before anybody heard of it', async () => {
      const { source, target } = await buckets();
      for (const name of names) await put(s3, source, name, name);
      const info = { attempt: 1, scheduledTimestampMs: Date.now() };
      const step = { source: { bucket: source, keys: names }, target: { bucket: target, prefix: 'to/' }, move: true };
      const undisturbed = await startStep(s3, 's3.copy', step, info).result;
      expect(await keysOf(s3, target)).toEqual(names.map((name) => `to/${name}`));
      expect(await failureOf(startStep(s3, 's3.copy', step, info).result)).toMatchObject({ type: 'NoSuchKey' });
      expect(await startStep(s3, 's3.copy', step, { ...info, attempt: 2 }).result).toEqual(undisturbed);
      // Of a step that begins when these were moved already.
      const later = { attempt: 2, scheduledTimestampMs: Date.now() + 2000 };
      expect(await failureOf(startStep(s3, 's3.copy', step, later).result)).toMatchObject({ type: 'NoSuchKey' });
    });

    test('single keys, and the target of one that was moved is gone: NoSuchKey', async () => {
      const { bucket, target, step, left } = await halfMoved({ keys: [...names, 'f'] });
      const gone = [...names, 'f'].find((name) => !left.includes(name)) ?? '';
      await s3.send(new DeleteObjectCommand({ Bucket: target, Key: `to/${gone}` }));
      expect(await failureOf(runStep(s3, 's3.copy', step))).toMatchObject({
        type: 'NoSuchKey',
        message: expect.stringContaining(`s3://${bucket}/${gone}`),
      });
    });

    test('a key that never was there, with a target of an earlier day: NoSuchKey, before anything is moved', async () => {
      const { source, target } = await buckets();
      await put(s3, source, 'a', 'a');
      await put(s3, target, 'to/b', 'of yesterday');
      const step = { source: { bucket: source, keys: ['a', 'b'] }, target: { bucket: target, prefix: 'to/' } };
      for (const _ of [1, 2]) {
        expect(await failureOf(runStep(s3, 's3.copy', { ...step, move: true }))).toMatchObject({ type: 'NoSuchKey' });
        expect(await keysOf(s3, source)).toEqual(['a']);
        expect(await keysOf(s3, target)).toEqual(['to/b']);
      }
    });
  });

  test('a source that changed after the copy is not deleted', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'old');
    const changing = interposedS3(async ({ command, go }) => {
      const output = await go();
      if (command === 'CopyObjectCommand') await put(s3, source, 'a', 'new');
      return output;
    });
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, move: true };
    expect(await failureOf(runStep(changing, 's3.copy', step))).toMatchObject({
      type: 'SourceChanged',
      nonRetryable: false,
      message: expect.stringContaining(`s3://${source}/a`),
    });
    expect((await readObject(s3, source, 'a')).toString()).toBe('new');
  });

  test('a missing bucket, a missing key, a target inside the source', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'a');
    const to = { bucket: target, prefix: '' };
    const fail = (step: Parameters<typeof runStep<'s3.copy'>>[2]) => failureOf(runStep(s3, 's3.copy', step));
    expect(await fail({ source: { bucket: 'no-such-bucket-here', prefix: '' }, target: to })).toMatchObject({
      type: 'NoSuchBucket',
    });
    expect(await fail({ source: { bucket: source, keys: ['b'] }, target: to })).toMatchObject({
      type: 'NoSuchKey',
      message: expect.stringContaining(`s3://${source}/b`),
    });
    expect(
      await fail({ source: { bucket: source, prefix: '' }, target: { bucket: 'no-such-bucket-here', prefix: '' } }),
    ).toMatchObject({ type: 'NoSuchBucket', message: expect.stringContaining('s3://no-such-bucket-here/') });
    expect(
      await fail({ source: { bucket: source, prefix: '' }, target: { bucket: source, prefix: 'x/' } }),
    ).toMatchObject({ type: 'TargetInsideSource' });
  });

  test('an empty source is a success', async () => {
    const { source, target } = await buckets();
    const step = { source: { bucket: source, prefix: 'x' }, target: { bucket: target, prefix: '' } };
    expect(await runStep(s3, 's3.copy', step)).toEqual({ objects: 0, bytes: 0, skipped: 0 });
  });
});

function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
