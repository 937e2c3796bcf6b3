import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { createCopy } from '../../../src/activities/s3/copy.js';
import { expiryOf } from '../../../src/activities/s3/source-headers.js';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import {
  dyingS3,
  failureOf,
  flightsNdjson,
  interposedS3,
  keysOf,
  observedS3,
  openUploads,
  put,
  runStep,
  sha256,
  startStep,
} from './environment.js';

const MiB = 1024 * 1024;
const s3 = testS3();
/** Parts as small as S3 takes them. */
const limits = { multipartAbove: MiB, partSize: 5 * MiB };
const parts = 4;
const body = Buffer.concat([flightsNdjson(), flightsNdjson(), flightsNdjson()]).subarray(0, (parts - 1) * 5 * MiB + 7);

async function bigSource() {
  const source = await newBucket(s3, 'source');
  const target = await newBucket(s3, 'target');
  const headers = { ContentType: 'text/x-flights', Metadata: { a: 'b' } };
  await s3.send(new PutObjectCommand({ Bucket: source, Key: 'big', Body: body, ...headers }));
  return { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
}

type Step = Awaited<ReturnType<typeof bigSource>> & { tolerate?: { failedPercent: number }; move?: boolean };

function copy(client: S3Client, step: Step) {
  return startStep(client, 's3.copy', step, {}, { 's3.copy': createCopy(client, limits) });
}

async function leavesNothing({ target }: Step, keys: string[]) {
  expect(await openUploads(s3, target.bucket)).toBe(0);
  expect(await keysOf(s3, target.bucket)).toEqual(keys);
}

describe('s3.copy of an object that takes parts', () => {
  test('the same bytes and headers, known as a copy the next time', async () => {
    const step = await bigSource();
    const run = copy(s3, step);
    expect(await run.result).toEqual({ objects: 1, bytes: body.length, skipped: 0 });
    expect(run.heartbeats.at(-1)).toMatchObject({ done: body.length, total: body.length });
    expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(body));
    const head = await s3.send(new HeadObjectCommand({ Bucket: step.target.bucket, Key: 'big' }));
    expect(head).toMatchObject({ ContentType: 'text/x-flights', Metadata: { a: 'b' } });
    expect(await copy(s3, step).result).toEqual({ objects: 0, bytes: 0, skipped: 1 });
    await leavesNothing(step, ['big']);
  });

  test('tags and Expires are kept, with a move too', async () => {
    const step = { ...(await bigSource()), move: true };
    const place = { Bucket: step.source.bucket, Key: 'big' };
    const Expires = new Date('2027-01-02T03:04:05Z');
    const TagSet = [
      { Key: 'colour', Value: 'deep blue' },
      { Key: 'a+b', Value: 'x=1' },
      { Key: 'empty', Value: '' },
    ];
    await s3.send(new PutObjectCommand({ ...place, Body: body, Expires }));
    await s3.send(new PutObjectTaggingCommand({ ...place, Tagging: { TagSet } }));
    expect(await copy(s3, step).result).toMatchObject({ objects: 1 });
    expect(await keysOf(s3, step.source.bucket)).toEqual([]);
    const copied = { Bucket: step.target.bucket, Key: 'big' };
    const head = await s3.send(new HeadObjectCommand(copied));
    expect(expiryOf(head)).toEqual(Expires);
    const tags = (await s3.send(new GetObjectTaggingCommand(copied))).TagSet ?? [];
    expect(tags).toHaveLength(TagSet.length);
    expect(tags).toEqual(expect.arrayContaining(TagSet));
  });

  test('tags that may not be read are a failure, and nothing is copied without them', async () => {
    const step = { ...(await bigSource()), move: true };
    const refusing = observedS3((name) => {
      if (name === 'GetObjectTaggingCommand') throw Object.assign(new Error('no'), { name: 'AccessDenied' });
    });
    expect(await failureOf(copy(refusing.client, step).result)).toMatchObject({
      type: 'AccessDenied',
      nonRetryable: true,
      message: expect.stringContaining(`s3://${step.source.bucket}/big`),
    });
    expect(await keysOf(s3, step.source.bucket)).toEqual(['big']);
    await leavesNothing(step, []);
  });

  test('a server that knows no tags', async () => {
    const step = await bigSource();
    const without = observedS3((name) => {
      if (name === 'GetObjectTaggingCommand') throw Object.assign(new Error('no'), { name: 'NotImplemented' });
    });
    expect(await copy(without.client, step).result).toMatchObject({ objects: 1 });
  });

  test('an output of a transform, which has checksums of parts', async () => {
    const { source, target } = await bigSource();
    const middle = { bucket: await newBucket(s3, 'middle'), prefix: '' };
    await runStep(s3, 's3.transform', { source, target: middle });
    expect(await copy(s3, { source: middle, target }).result).toMatchObject({ objects: 1, bytes: body.length });
    expect(sha256(await readObject(s3, target.bucket, 'big'))).toBe(sha256(body));
  });

  test.each([
    ['before its first part', 'UploadPartCopyCommand', 1, parts],
    ['in the middle', 'UploadPartCopyCommand', 3, 2],
    ['before its end', 'CompleteMultipartUploadCommand', 1, 0],
  ])('killed %s: the next attempt copies only what S3 does not have', async (_, command, count, left) => {
    const step = await bigSource();
    await expect(copy(dyingS3(command, count), step).result).rejects.toThrow('killed');
    expect(await openUploads(s3, step.target.bucket)).toBe(1);
    const second = observedS3();
    expect(await copy(second.client, step).result).toEqual({ objects: 1, bytes: body.length, skipped: 0 });
    expect(second.count('UploadPartCopyCommand')).toBe(left);
    expect(second.count('CreateMultipartUploadCommand')).toBe(0);
    expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(body));
    await leavesNothing(step, ['big']);
  });

  test('killed when nobody learnt the id of the upload: the next attempt ends that one', async () => {
    const step = await bigSource();
    let dead = false;
    const killed = interposedS3(async ({ command, go }) => {
      if (dead) throw new Error('killed');
      dead = command === 'CreateMultipartUploadCommand';
      const output = await go();
      if (dead) throw new Error('killed');
      return output;
    });
    await expect(copy(killed, step).result).rejects.toThrow('killed');
    expect(await openUploads(s3, step.target.bucket)).toBe(1);
    expect(await copy(s3, step).result).toMatchObject({ objects: 1 });
    await leavesNothing(step, ['big']);
  });

  test('a source that changed since it was killed is copied anew', async () => {
    const step = await bigSource();
    await expect(copy(dyingS3('UploadPartCopyCommand', 3), step).result).rejects.toThrow('killed');
    const changed = Buffer.from(body).reverse();
    await put(s3, step.source.bucket, 'big', changed);
    const second = observedS3();
    expect(await copy(second.client, step).result).toMatchObject({ objects: 1 });
    expect(second.count('UploadPartCopyCommand')).toBe(parts);
    expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(changed));
    await leavesNothing(step, ['big']);
  });

  test('cancelled in the middle, it leaves nothing', async () => {
    const step = await bigSource();
    const cancelling = interposedS3(async ({ command, go }) => {
      if (command === 'UploadPartCopyCommand') run.cancel();
      return go();
    });
    const run = copy(cancelling, step);
    await expect(run.result).rejects.toThrow();
    await leavesNothing(step, []);
  });

  test('a failure that is tolerated leaves nothing', async () => {
    const step = { ...(await bigSource()), tolerate: { failedPercent: 50 } };
    await put(s3, step.source.bucket, 'small', 'small');
    const changing = interposedS3(async ({ command, go }) => {
      if (command === 'UploadPartCopyCommand') await put(s3, step.source.bucket, 'big', 'other');
      return go();
    });
    expect(await copy(changing, step).result).toMatchObject({ objects: 1, failed: { count: 1 } });
    await leavesNothing(step, ['small']);
  });

  test('of a source that changes, it fails and leaves nothing once no attempt follows', async () => {
    const step = await bigSource();
    const changing = interposedS3(async ({ command, go }) => {
      if (command === 'UploadPartCopyCommand') await put(s3, step.source.bucket, 'big', Buffer.from(body).reverse());
      return go();
    });
    const info = { attempt: 3, retryPolicy: { maximumAttempts: 3 } };
    const last = startStep(changing, 's3.copy', step, info, { 's3.copy': createCopy(changing, limits) });
    expect(await failureOf(last.result)).toMatchObject({ type: 'SourceChanged' });
    await leavesNothing(step, []);
  });
});
