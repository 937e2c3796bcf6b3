import { createCipheriv } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { partSize } from '../../../src/activities/s3/part-size.js';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import {
  dyingS3,
  failureOf,
  interposedS3,
  keysOf,
  observedS3,
  openUploads,
  put,
  runStep,
  sha256,
  startStep,
  tool,
} from './environment.js';

vi.setConfig({ testTimeout: 180_000 });

const s3 = testS3();
const partCommand = 'UploadPartCommand';

async function buckets() {
  return { source: await newBucket(s3, 'source'), target: await newBucket(s3, 'target') };
}

async function die(step: Parameters<typeof runStep<'s3.transform'>>[2], command: string, count: number) {
  expect((await failureOf(runStep(dyingS3(command, count), 's3.transform', step))).nonRetryable).toBe(false);
}

/** 60 MB of lines that hardly compress, so that the gzip output has several parts too. */
function bulkyLines(): Buffer {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'seed'), Buffer.alloc(16));
  const text = noise.update(Buffer.alloc(45_000_000)).toString('base64');
  const lines = text.match(/.{1,99}/g) ?? [];
  return Buffer.from(lines.map((line, index) => `${line}${index % 5 === 0 ? ' keep' : ''}\n`).join(''));
}
const bulk = bulkyLines();

describe('one large object', () => {
  test.each([
    ['plain', 'big.txt', bulk],
    ['gzip', 'big.txt.gz', gzipSync(bulk, { level: 1 })],
  ])('%s: goes on after the last part', async (_, key, input) => {
    const { source, target } = await buckets();
    await put(s3, source, key, input);
    const step = {
      source: { bucket: source, prefix: '' },
      target: { bucket: target, prefix: 'out/' },
      drop: 'keep',
      manifest: 'm.ndjson',
    };
    const plain = await newBucket(s3, 'plain');
    const whole = observedS3();
    const undisturbed = await runStep(whole.client, 's3.transform', {
      ...step,
      target: { bucket: plain, prefix: 'out/' },
    });
    const parts = whole.count(partCommand);
    expect(parts).toBeGreaterThan(3);

    await die(step, partCommand, 3);
    expect(await keysOf(s3, target)).toContainEqual(expect.stringMatching(/^out\/\.almanac\/[0-9a-f]{64}\/00001$/));
    expect(await openUploads(s3, target)).toBe(1);
    const second = observedS3();
    expect(await runStep(second.client, 's3.transform', step)).toEqual(undisturbed);
    expect(second.count(partCommand)).toBeLessThanOrEqual(parts - 1);
    const written = await readObject(s3, target, `out/${key}`);
    expect(written.equals(await readObject(s3, plain, `out/${key}`))).toBe(true);
    const content = key.endsWith('.gz') ? gunzipSync(written) : written;
    expect(sha256(content)).toBe(sha256(tool('grep', ['-v', 'keep'], bulk)));
    const manifest = JSON.parse((await readObject(s3, target, 'm.ndjson')).toString());
    expect(manifest).toMatchObject({ sha256: sha256(written), bytesOut: written.length });
    expect(await keysOf(s3, target)).toEqual(['m.ndjson', `out/${key}`]);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('finished, but not told: nothing is written again', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, manifest: 'm' };
    const parts = Math.ceil(bulk.length / partSize(1));
    await die(step, 'PutObjectCommand', 1 + parts + 1); // the manifest, after the intent and the parts' entries
    const again = observedS3();
    const output = await runStep(again.client, 's3.transform', step);
    expect(again.count(partCommand)).toBe(0);
    expect(output).toMatchObject({ objects: 1, bytesIn: bulk.length, bytesOut: bulk.length });
    const manifest = (await readObject(s3, target, 'm')).toString();
    expect(JSON.parse(manifest)).toMatchObject({ sha256: sha256(bulk), linesIn: output.linesIn });
    expect(await keysOf(s3, target)).toEqual(['big', 'm']);
  });

  test('lost while S3 completes the upload: that it is complete is seen, also when it happens between two looks', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    let completion: CompleteMultipartUploadCommandInput | undefined;
    const dying = interposedS3(async ({ command, input, go }) => {
      if (command === 'CompleteMultipartUploadCommand') completion = input as CompleteMultipartUploadCommandInput;
      if (completion !== undefined) throw new Error('killed');
      return go();
    });
    await failureOf(runStep(dying, 's3.transform', step));
    let parts = 0;
    const completing = interposedS3(async ({ command, go }) => {
      if (command === partCommand) parts += 1;
      if (command === 'ListPartsCommand' && completion !== undefined) {
        await s3.send(new CompleteMultipartUploadCommand(completion));
      }
      return go();
    });
    expect(await runStep(completing, 's3.transform', step)).toMatchObject({ objects: 1, bytesOut: bulk.length });
    expect(parts).toBe(0);
    expect(sha256(await readObject(s3, target, 'big'))).toBe(sha256(bulk));
    expect(await keysOf(s3, target)).toEqual(['big']);
  });

  test('lost after its journal was deleted, before anybody heard that it is done: still nothing is written again', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, manifest: 'm' };
    const first = await runStep(s3, 's3.transform', step);
    expect(await keysOf(s3, target)).toEqual(['big', 'm']);
    const manifest = (await readObject(s3, target, 'm')).toString();
    const again = observedS3();
    expect(await runStep(again.client, 's3.transform', step)).toEqual(first);
    expect(['GetObjectCommand', partCommand].map(again.count)).toEqual([0, 0]);
    expect((await readObject(s3, target, 'm')).toString()).toBe(manifest);

    const other = observedS3();
    expect(await runStep(other.client, 's3.transform', { ...step, drop: 'keep' })).not.toEqual(first);
    expect(other.count(partCommand)).toBeGreaterThan(0);
  });

  test('tags that are refused, or of another object under the key, cost work and nothing else', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    const refusing = observedS3((name) => {
      if (name === 'PutObjectTaggingCommand') throw Object.assign(new Error('no'), { name: 'AccessDenied' });
    });
    const first = await runStep(refusing.client, 's3.transform', step);
    expect(refusing.count('PutObjectTaggingCommand')).toBe(1);
    const TagSet = [
      { Key: 'almanac-etag', Value: 'of-another' },
      { Key: 'almanac-lines', Value: '1/1' },
      { Key: 'almanac-sha256', Value: '0'.repeat(64) },
    ];
    await s3.send(new PutObjectTaggingCommand({ Bucket: target, Key: 'big', Tagging: { TagSet } }));
    const again = observedS3();
    expect(await runStep(again.client, 's3.transform', step)).toEqual(first);
    expect(again.count(partCommand)).toBeGreaterThan(0);
    expect(sha256(await readObject(s3, target, 'big'))).toBe(sha256(bulk));
  });

  test('a source that changed meanwhile, and rules that did: begun anew, nothing left open', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    await die(step, partCommand, 4);
    const changed = Buffer.concat([Buffer.from('new\n'), bulk]);
    await put(s3, source, 'big', changed);
    await die(step, partCommand, 4);
    expect(await openUploads(s3, target)).toBe(1);
    await runStep(s3, 's3.transform', { ...step, drop: '^new$' });
    expect(sha256(await readObject(s3, target, 'big'))).toBe(sha256(bulk));
    expect(await keysOf(s3, target)).toEqual(['big']);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('lost right after the upload was opened: that upload is aborted', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    await die(step, 'PutObjectCommand', 2);
    expect(await openUploads(s3, target)).toBe(1);
    await runStep(s3, 's3.transform', step);
    expect(sha256(await readObject(s3, target, 'big'))).toBe(sha256(bulk));
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('a worker that shuts down leaves the upload to the next; a cancellation does not', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'big', bulk);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
    const stopping = observedS3((name, count) => name === partCommand && count === 3 && run.shutDown());
    const run = startStep(stopping.client, 's3.transform', step);
    expect(await failureOf(run.result)).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
    expect(await openUploads(s3, target)).toBe(1);
    const cancelling = observedS3((name, count) => name === partCommand && count === 1 && second.cancel());
    const second = startStep(cancelling.client, 's3.transform', step);
    await expect(second.result).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await openUploads(s3, target)).toBe(0);
    expect(await keysOf(s3, target)).toEqual([]);
  });
});

describe('many objects', () => {
  test('finished ones are taken over, and still counted', async () => {
    const { source, target } = await buckets();
    const names = Array.from({ length: 100 }, (_, index) => `in/${String(index).padStart(3, '0')}.txt`);
    await Promise.all(names.map((name, index) => put(s3, source, name, `${name}\nx\n`.repeat(index))));
    const step = {
      source: { bucket: source, prefix: 'in/' },
      target: { bucket: target, prefix: 'out/' },
      drop: '^x$',
      compression: 'gzip' as const,
      manifest: 'm',
    };
    await die(step, 'PutObjectCommand', 60);
    const second = observedS3();
    const output = await runStep(second.client, 's3.transform', step);
    // Sixteen are under way at once: those may be done again.
    expect(second.count('PutObjectCommand')).toBeLessThanOrEqual(1 + 100 - (60 - 16));
    const lines = (99 * 100) / 2;
    expect(output).toMatchObject({ objects: 100, linesIn: 2 * lines, linesOut: lines });
    const manifest = (await readObject(s3, target, 'm'))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(manifest.map(({ key }) => key)).toEqual(names);
    for (const { targetKey, sha256: hash } of manifest)
      expect(sha256(await readObject(s3, target, targetKey))).toBe(hash);

    const third = observedS3();
    expect(await runStep(third.client, 's3.transform', step)).toEqual(output);
    expect(third.count('PutObjectCommand')).toBe(1);
    const other = observedS3();
    await runStep(other.client, 's3.transform', { ...step, drop: '^y$' });
    expect(other.count('PutObjectCommand')).toBe(101);
  });
});

describe('combined', () => {
  const third = Math.floor(bulk.length / 3);
  const pieces = { a: bulk.subarray(0, third), b: Buffer.from('b without a line break'), c: bulk.subarray(third) };
  const expected = Buffer.concat([pieces.a, Buffer.from('\n'), pieces.b, Buffer.from('\n'), pieces.c]);

  test.each(['all', 'all.gz'])('%s: goes on in the middle of a source', async (key) => {
    const { source, target } = await buckets();
    for (const [name, body] of Object.entries(pieces)) await put(s3, source, name, body);
    const plain = await newBucket(s3, 'plain');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key }, manifest: 'm' };
    const whole = observedS3();
    const undisturbed = await runStep(whole.client, 's3.transform', { ...step, target: { bucket: plain, key } });
    for (const count of [2, 3]) await die(step, partCommand, count);
    const last = observedS3();
    expect(await runStep(last.client, 's3.transform', step)).toEqual(undisturbed);
    expect(last.count(partCommand)).toBeLessThanOrEqual(whole.count(partCommand) - 2);
    const written = await readObject(s3, target, key);
    expect(written.equals(await readObject(s3, plain, key))).toBe(true);
    expect(sha256(key.endsWith('.gz') ? gunzipSync(written) : written)).toBe(sha256(expected));
    const manifests = await Promise.all([plain, target].map((bucket) => readObject(s3, bucket, 'm')));
    expect(manifests[1]?.toString()).toBe(manifests[0]?.toString());
    expect(await keysOf(s3, target)).toEqual([key, 'm']);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('a source that came meanwhile: begun anew', async () => {
    const { source, target } = await buckets();
    for (const [name, body] of Object.entries(pieces)) await put(s3, source, name, body);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key: 'all' } };
    await die(step, partCommand, 4);
    await put(s3, source, 'aa', 'new\n');
    await runStep(s3, 's3.transform', step);
    const withNew = Buffer.concat([pieces.a, Buffer.from('\nnew\n'), pieces.b, Buffer.from('\n'), pieces.c]);
    expect(sha256(await readObject(s3, target, 'all'))).toBe(sha256(withNew));
    expect(await openUploads(s3, target)).toBe(0);
  });
});
