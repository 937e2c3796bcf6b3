import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { TargetListing } from '../../../src/activities/s3/target-listing.js';
import { newBucket, testS3 } from '../../support/s3.js';
import { put, runStep } from './environment.js';

const s3 = testS3();
const { signal } = new AbortController();

/** A client that counts what it is asked for by command, and lists in small pages. */
function countingS3(pageSize?: number): { client: S3Client; counts: Record<string, number> } {
  const client = testS3();
  const counts: Record<string, number> = {};
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  client.send = ((command: object, ...rest: unknown[]) => {
    counts[command.constructor.name] = (counts[command.constructor.name] ?? 0) + 1;
    if (command instanceof ListObjectsV2Command && pageSize !== undefined) command.input.MaxKeys = pageSize;
    return send(command, ...rest);
  }) as never;
  return { client, counts };
}

const name = (number: number) => `t/${String(number).padStart(4, '0')}`;

async function filled(numbers: number[]): Promise<string> {
  const bucket = await newBucket(s3, 'listing');
  await Promise.all(numbers.map((number) => put(s3, bucket, name(number), 'x'.repeat(number % 7))));
  return bucket;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('tells what is there and what is not, over pages', async () => {
  const even = upTo(100).map((index) => 2 * index);
  const bucket = await filled(even);
  const { client, counts } = countingS3(40);
  const listing = new TargetListing(client, bucket, 't/', signal);
  for (const number of upTo(220)) {
    const found = await listing.find(name(number));
    if (number % 2 === 0 && number < 200) expect(found).toMatchObject({ size: number % 7 });
    else expect(found, name(number)).toBe('nothing');
  }
  expect(counts.ListObjectsV2Command).toBe(3);
});

test('begins where it is asked to, and leaves it to others where most is not asked for', async () => {
  const bucket = await filled(upTo(120));
  const { client, counts } = countingS3(20);
  const listing = new TargetListing(client, bucket, 't/', signal);
  expect(await listing.find(name(60))).toMatchObject({ size: 60 % 7 });
  expect(counts.ListObjectsV2Command).toBe(1);
  expect(await listing.find(name(10))).toBe('unknown');
  expect(await listing.find(name(79))).toMatchObject({ size: 79 % 7 });
  // Two of twenty: not worth another page.
  expect(await listing.find(name(80))).toBe('unknown');
  expect(await listing.find(name(119))).toBe('unknown');
  expect(counts.ListObjectsV2Command).toBe(1);
});

test('a copy asks for no object of the target, but where only its metadata can tell', async () => {
  const [source, target] = [await newBucket(s3, 'source'), await newBucket(s3, 'target')];
  const keys = upTo(50).map(name);
  await Promise.all(keys.map((key) => put(s3, source, key, key)));
  const step = { source: { bucket: source, prefix: 't/' }, target: { bucket: target, prefix: 'o/' } };
  const first = countingS3();
  expect(await runStep(first.client, 's3.copy', step)).toMatchObject({ objects: 50, skipped: 0 });
  expect(first.counts).toMatchObject({ CopyObjectCommand: 50 });
  expect(first.counts.HeadObjectCommand).toBeUndefined();

  await put(s3, source, name(3), 'of another size');
  await put(s3, source, name(4), 'T/0004');
  // As a copy in parts leaves it: another ETag, and the source's in the metadata.
  const { ETag = '' } = await s3.send(
    new PutObjectCommand({ Bucket: source, Key: name(5), Body: Buffer.from('abcdef') }),
  );
  const Metadata = { 'almanac-copy-of': ETag.replaceAll('"', '') };
  await s3.send(new PutObjectCommand({ Bucket: target, Key: 'o/0005', Body: Buffer.from('ABCDEF'), Metadata }));
  const second = countingS3();
  expect(await runStep(second.client, 's3.copy', step)).toMatchObject({ objects: 2, skipped: 48 });
  expect(second.counts).toMatchObject({ CopyObjectCommand: 2, HeadObjectCommand: 2 });

  const single = countingS3();
  const picked = { ...step, source: { bucket: source, keys: [name(7)] } };
  await runStep(single.client, 's3.copy', picked);
  expect(single.counts).toMatchObject({ HeadObjectCommand: 2, CopyObjectCommand: 1 });
});
