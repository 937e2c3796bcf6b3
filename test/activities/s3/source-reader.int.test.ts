import { Readable } from 'node:stream';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/activities/s3/source-reader.js';
import { newBucket, testS3 } from '../../support/s3.js';
import { failureOf, interposedS3, put } from './environment.js';

const s3 = testS3();
const content = Buffer.from(Array.from({ length: 50_000 }, (_, line) => `line ${line}\n`).join(''));

/** A client whose bodies end, or break off, after so many bytes each; and the ranges that it was asked for. */
function breakingClient(after: number, how: 'ends' | 'breaks') {
  const ranges: unknown[] = [];
  const client = interposedS3(async ({ command, input, go, goForStream }) => {
    if (command !== 'GetObjectCommand') return go();
    const output = await goForStream();
    ranges.push((input as GetObjectCommandInput).Range);
    const body = (output as GetObjectCommandOutput).Body as unknown as AsyncIterable<Buffer>;
    async function* part() {
      let sent = 0;
      for await (const chunk of body) {
        const piece = chunk.subarray(0, after - sent);
        sent += piece.length;
        yield piece;
        if (sent < after) continue;
        if (how === 'breaks') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return;
      }
    }
    return { ...(output as object), Body: Readable.from(part(), { objectMode: false }) };
  });
  return { client, ranges };
}

async function sourceObject() {
  const bucket = await newBucket(s3, 'source');
  await put(s3, bucket, 'a', content);
  const { ETag: etag = '' } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }));
  return { bucket, key: 'a', name: 'a', size: content.length, etag };
}

async function readAll(client: typeof s3, object: Awaited<ReturnType<typeof sourceObject>>) {
  const read: Buffer[] = [];
  const { body } = await openSource(client, object, new AbortController().signal);
  for await (const chunk of body) read.push(Buffer.from(chunk));
  return Buffer.concat(read);
}

test('a large object comes through one piece of memory', async () => {
  const object = await sourceObject();
  const large = Buffer.concat(Array.from({ length: 8 }, () => content));
  await put(s3, object.bucket, 'large', large);
  const { ETag: etag = '' } = await s3.send(new HeadObjectCommand({ Bucket: object.bucket, Key: 'large' }));
  const source = { ...object, key: 'large', size: large.length, etag };
  for (const from of [0, 1, 1_048_576, large.length - 1]) {
    const { body } = await openSource(s3, source, new AbortController().signal, undefined, from);
    const memory = new Set<ArrayBufferLike>();
    const read: Buffer[] = [];
    for await (const chunk of body) {
      memory.add(chunk.buffer);
      read.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(read).equals(large.subarray(from)), `from ${from}`).toBe(true);
    expect(memory.size).toBe(1);
  }
});

test.each(['ends', 'breaks'] as const)(
  'a body that %s early goes on where it was, byte by byte the same',
  async (how) => {
    const { client, ranges } = breakingClient(100_000, how);
    const read = await readAll(client, await sourceObject());
    expect(read.equals(content)).toBe(true);
    expect(ranges.slice(0, 3)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  },
);

test('a body that never moves is a failure that may be tried again, after a few attempts', async () => {
  const { client, ranges } = breakingClient(0, 'breaks');
  const object = await sourceObject();
  expect(await failureOf(readAll(client, object))).toMatchObject({
    type: 'ReadFailed',
    nonRetryable: false,
    message: expect.stringContaining(`s3://${object.bucket}/a`),
  });
  expect(ranges).toHaveLength(5);
});

test('a source that changed in between is noticed, not mixed', async () => {
  const { client } = breakingClient(100_000, 'breaks');
  const object = await sourceObject();
  const { body } = await openSource(client, object, new AbortController().signal);
  await body.next();
  await put(s3, object.bucket, 'a', Buffer.alloc(content.length, 'x'));
  const rest = async () => {
    for await (const _ of body);
  };
  expect(await failureOf(rest())).toMatchObject({ type: 'SourceChanged' });
});
