import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { createCopy } from '../../../src/activities/s3/copy.js';
import { expiryOf } from '../../../src/activities/s3/source-headers.js';
import { createS3Client } from '../../../src/clients/s3.js';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { flightsNdjson, interposedS3, keysOf, openUploads, put, sha256, startStep } from './environment.js';

const MiB = 1024 * 1024;
const s3 = testS3();
const body = Buffer.concat([flightsNdjson(), flightsNdjson(), flightsNdjson()]).subarray(0, 20 * MiB + 7);
let proxy: FaultProxy;

beforeEach(async () => {
  proxy = await startFaultProxy(inject('s3Endpoint'), () => 1);
  proxy.refuse((headers) => headers['x-amz-copy-source'] !== undefined);
});
afterEach(() => proxy.close());

async function buckets() {
  const source = { bucket: await newBucket(s3, 'source'), prefix: '' };
  return { source, target: { bucket: await newBucket(s3, 'target'), prefix: '' } };
}

function copy(
  client: S3Client,
  step: Awaited<ReturnType<typeof buckets>> & { move?: boolean },
  multipartAbove: number,
) {
  return startStep(
    client,
    's3.copy',
    step,
    {},
    { 's3.copy': createCopy(client, { multipartAbove, partSize: 5 * MiB }) },
  );
}

describe('s3.copy at a server that copies nothing by itself', () => {
  test.each([
    ['CopyObject', 50 * MiB],
    ['UploadPartCopy', 0],
  ])('that refuses %s: the same bytes and headers, known the next time, then moved', async (_, multipartAbove) => {
    const step = await buckets();
    const Expires = new Date('2027-01-02T03:04:05Z');
    const headers = { ContentType: 'text/x-flights', CacheControl: 'no-store', Metadata: { a: 'b' } };
    const big = { Bucket: step.source.bucket, Key: 'big', Body: body, ...headers, Expires, Tagging: 'x=1%2B1' };
    await s3.send(new PutObjectCommand(big));
    for (let index = 0; index < 60; index += 1) await put(s3, step.source.bucket, `s/${index}`, `small ${index}`);
    await put(s3, step.source.bucket, 'empty', '');
    const through = createS3Client({ region: 'us-east-1', s3Endpoint: proxy.url });
    const bytes = body.length + 10 * 'small 0'.length + 50 * 'small 10'.length;
    const run = copy(through, step, multipartAbove);
    expect(await run.result).toEqual({ objects: 62, bytes, skipped: 0 });
    expect(run.heartbeats.at(-1)).toMatchObject({ done: bytes, total: bytes });
    expect(proxy.refused.length).toBeGreaterThan(0);
    // One refusal is enough for the step; those that were under way by then do not know yet.
    expect(proxy.refused.length).toBeLessThan(62);
    expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(body));
    expect((await readObject(s3, step.target.bucket, 's/7')).toString()).toBe('small 7');
    expect(await readObject(s3, step.target.bucket, 'empty')).toHaveLength(0);
    const copied = { Bucket: step.target.bucket, Key: 'big' };
    const head = await s3.send(new HeadObjectCommand(copied));
    expect(head).toMatchObject(headers);
    expect(expiryOf(head)).toEqual(Expires);
    expect((await s3.send(new GetObjectTaggingCommand(copied))).TagSet).toEqual([{ Key: 'x', Value: '1+1' }]);
    expect(await copy(through, { ...step, move: true }, multipartAbove).result).toMatchObject({ skipped: 62 });
    expect(await keysOf(s3, step.source.bucket)).toEqual([]);
    expect(await keysOf(s3, step.target.bucket)).toHaveLength(62);
    expect(await openUploads(s3, step.target.bucket)).toBe(0);
  });

  test.each([
    ['CopyObject', 50 * MiB],
    ['UploadPartCopy', 0],
  ])(
    'that refuses %s, killed in the middle: the next attempt goes on after the last part',
    async (_, multipartAbove) => {
      const step = await buckets();
      await put(s3, step.source.bucket, 'big', body);
      const asked = { copies: 0, parts: 0 };
      const refusing = (mostParts: number) =>
        interposedS3(async ({ command, go }) => {
          if (command === 'UploadPartCommand') asked.parts += 1;
          if (asked.parts > mostParts) throw new Error('killed');
          if (command !== 'CopyObjectCommand' && command !== 'UploadPartCopyCommand') return go();
          asked.copies += 1;
          const $metadata = { httpStatusCode: 501 };
          throw new S3ServiceException({ name: 'NotImplemented', $fault: 'server', message: 'no', $metadata });
        });
      await expect(copy(refusing(2), step, multipartAbove).result).rejects.toThrow('killed');
      expect(await openUploads(s3, step.target.bucket)).toBe(1);
      expect(asked.copies).toBeGreaterThan(0);
      Object.assign(asked, { copies: 0, parts: 0 });
      expect(await copy(refusing(99), { ...step, move: true }, multipartAbove).result).toEqual({
        objects: 1,
        bytes: body.length,
        skipped: 0,
      });
      expect(asked).toEqual({ copies: 0, parts: 2 });
      expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(body));
      expect(await keysOf(s3, step.target.bucket)).toEqual(['big']);
      expect(await openUploads(s3, step.target.bucket)).toBe(0);
    },
  );
});
