import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import {
  birdstrikesCsv,
  failureOf,
  flightsNdjson,
  keysOf,
  openUploads,
  put,
  runStep,
  sha256,
  startStep,
  tool,
  zstdFrame,
} from './environment.js';

vi.setConfig({ testTimeout: 120_000 });

const s3 = testS3();
const zstdHere = 'createZstdDecompress' in zlib;

async function buckets() {
  return { source: await newBucket(s3, 'source'), target: await newBucket(s3, 'target') };
}

async function listAt(bucket: string, key: string): Promise<Record<string, unknown>[]> {
  const text = (await readObject(s3, bucket, key)).toString();
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

function linesOf(content: Buffer): number {
  return Number(tool('awk', ['END { print NR }'], content));
}

/** A client that tells what it is asked for before it asks. */
function observedS3(onCommand: (command: string, key: string) => Promise<void> | void): S3Client {
  const client = testS3();
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  client.send = (async (command: { input: { Key?: string } }, ...rest: unknown[]) => {
    await onCommand(command.constructor.name, command.input.Key ?? '');
    return send(command, ...rest);
  }) as never;
  return client;
}

describe('s3.inspect', () => {
  test('what sha256sum and wc say, in key order; lines of the content, sums of what is stored', async () => {
    const { source, target } = await buckets();
    const csv = birdstrikesCsv();
    const bodies: [string, Buffer, number][] = [
      ['a b+%ü.csv', csv, linesOf(csv)],
      ['big.ndjson.gz', gzipSync(flightsNdjson()), linesOf(flightsNdjson())],
      ['empty', Buffer.alloc(0), 0],
      ['no-end', Buffer.from('one\ntwo'), 2],
      ['only-feeds', Buffer.from('\n\n\n'), 3],
      ['two-members', Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd')]), 3],
      ['\uffee.txt', Buffer.from('before\n'), 1],
      ['\u{1f600}.txt', Buffer.from('after\n'), 1],
    ];
    for (const [key, body] of bodies.toReversed()) await put(s3, source, `in/${key}`, body);
    const step = { source: { bucket: source, prefix: 'in/' }, target: { bucket: target, key: 'list.ndjson' } };
    const run = startStep(s3, 's3.inspect', step);
    const bytes = bodies.reduce((sum, [, body]) => sum + body.length, 0);
    const lines = bodies.reduce((sum, [, , count]) => sum + count, 0);
    expect(await run.result).toEqual({ objects: bodies.length, bytes, lines, manifest: 'list.ndjson' });
    expect(await listAt(target, 'list.ndjson')).toEqual(
      bodies.map(([key, body, count]) => ({
        key: `in/${key}`,
        bytes: body.length,
        lines: count,
        sha256: tool('sha256sum', [], body).toString().slice(0, 64),
        etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        contentType: 'application/octet-stream',
      })),
    );
    expect(run.heartbeats.at(-1)).toMatchObject({ done: bytes, total: bytes, unit: 'bytes' });
    expect(await keysOf(s3, target)).toEqual(['list.ndjson']);
  });

  test('zstd, by name and by content; a typed failure where Node has none', async () => {
    const { source, target } = await buckets();
    for (const key of ['a.zst', 'b']) await put(s3, source, key, zstdFrame('x\ny\n'));
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key: 'l' } };
    if (zstdHere) expect(await runStep(s3, 's3.inspect', step)).toMatchObject({ objects: 2, lines: 4 });
    else expect(await failureOf(runStep(s3, 's3.inspect', step))).toMatchObject({ type: 'UnsupportedCompression' });
  });

  test('content types as they are stored; single keys; an empty source makes an empty list', async () => {
    const { source, target } = await buckets();
    await s3.send(
      new PutObjectCommand({ Bucket: source, Key: 'page', Body: Buffer.from('x'), ContentType: 'text/html' }),
    );
    await put(s3, source, 'other', 'y');
    const to = { bucket: target, key: 'l' };
    await runStep(s3, 's3.inspect', { source: { bucket: source, keys: ['page'] }, target: to });
    expect(await listAt(target, 'l')).toMatchObject([{ key: 'page', contentType: 'text/html' }]);
    const nothing = await runStep(s3, 's3.inspect', { source: { bucket: source, prefix: 'none/' }, target: to });
    expect(nothing).toEqual({ objects: 0, bytes: 0, lines: 0, manifest: 'l' });
    expect((await readObject(s3, target, 'l')).length).toBe(0);
  });

  test('typed failures name the object, and leave the list of before as it is', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a.txt', 'a');
    await put(s3, source, 'broken.gz', gzipSync('some text').subarray(0, 20));
    await put(s3, target, 'l', 'the list of before');
    const from = { bucket: source, prefix: '' };
    const fail = (step: Parameters<typeof runStep<'s3.inspect'>>[2]) => failureOf(runStep(s3, 's3.inspect', step));
    expect(await fail({ source: from, target: { bucket: target, key: 'l' } })).toMatchObject({
      type: 'CorruptInput',
      nonRetryable: true,
      message: expect.stringContaining(`s3://${source}/broken.gz`),
    });
    expect((await readObject(s3, target, 'l')).toString()).toBe('the list of before');
    expect(await fail({ source: from, target: { bucket: source, key: 'l' } })).toMatchObject({
      type: 'TargetInsideSource',
    });
    expect(await fail({ source: from, target: { bucket: 'no-such-bucket-here', key: 'l' } })).toMatchObject({
      type: 'NoSuchBucket',
    });
    expect(await fail({ source: { bucket: source, keys: ['b'] }, target: { bucket: target, key: 'l' } })).toMatchObject(
      { type: 'NoSuchKey', message: expect.stringContaining(`s3://${source}/b`) },
    );
    expect(await keysOf(s3, target)).toEqual(['l']);
  });

  test('an answer that breaks off is asked for again', async () => {
    const { source, target } = await buckets();
    await put(s3, source, 'a', 'one\ntwo\n');
    const client = testS3();
    const send = client.send.bind(client) as (command: unknown, ...rest: unknown[]) => Promise<unknown>;
    let reads = 0;
    client.send = (async (command: object, { memory, ...options }: { memory?: object }) => {
      const isFirst = command.constructor.name === 'GetObjectCommand' && ++reads === 1;
      if (!isFirst) return send(command, { memory, ...options });
      return { ...((await send(command, options)) as object), Body: Readable.from([Buffer.from('one\n')]) };
    }) as never;
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key: 'l' } };
    expect(await runStep(client, 's3.inspect', step)).toMatchObject({ objects: 1, bytes: 8, lines: 2 });
    expect(reads).toBe(2);
    expect(await listAt(target, 'l')).toMatchObject([{ sha256: sha256(Buffer.from('one\ntwo\n')) }]);
  });

  test('tolerates as many failed objects as it is told, and names them', async () => {
    const { source, target } = await buckets();
    for (const key of ['a', 'b', 'c']) await put(s3, source, key, `${key}\n`);
    await put(s3, source, 'broken.gz', 'not gzip');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, key: 'l' } };
    const output = await runStep(s3, 's3.inspect', { ...step, tolerate: { failedPercent: 25 } });
    expect(output).toMatchObject({
      objects: 3,
      lines: 3,
      failed: { count: 1, objects: [{ key: 'broken.gz', kind: 'CorruptInput' }] },
    });
    expect((await listAt(target, 'l'))[2]).toMatchObject({ key: 'broken.gz', failed: { kind: 'CorruptInput' } });
    const tooMany = failureOf(runStep(s3, 's3.inspect', { ...step, tolerate: { failedPercent: 24 } }));
    expect(await tooMany).toMatchObject({ type: 'TooManyFailed' });
  });
});

describe('what an attempt leaves to the next', () => {
  const count = 300;
  const names = Array.from({ length: count }, (_, index) => `in/${String(index).padStart(4, '0')}`);

  async function prepared() {
    const { source, target } = await buckets();
    await Promise.all(names.map((name, index) => put(s3, source, name, `${name}\n`.repeat(index))));
    const step = { source: { bucket: source, prefix: 'in/' }, target: { bucket: target, key: 'l' } };
    return { source, target, step };
  }

  const exact = names.map((key, index) => ({
    key,
    lines: index,
    sha256: sha256(Buffer.from(`${key}\n`.repeat(index))),
  }));

  /** Reads made by a run to the end, and what it wrote. */
  async function finish(step: Parameters<typeof runStep<'s3.inspect'>>[2]) {
    const read: string[] = [];
    const client = observedS3((command, key) => {
      if (command === 'GetObjectCommand' && key.startsWith('in/')) read.push(key);
    });
    const run = startStep(client, 's3.inspect', step);
    expect(await run.result).toMatchObject({ objects: count, lines: (count * (count - 1)) / 2 });
    expect(run.heartbeats.at(-1)?.done).toBe(run.heartbeats.at(-1)?.total);
    return read;
  }

  test('a worker that shuts down: only what was being read is read again', async () => {
    const { target, step } = await prepared();
    let reads = 0;
    const client = observedS3((command, key) => {
      if (command === 'GetObjectCommand' && key.startsWith('in/') && ++reads === 200) run.shutDown();
    });
    const run = startStep(client, 's3.inspect', step);
    expect(await failureOf(run.result)).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false });
    expect(await keysOf(s3, target)).toContainEqual(expect.stringMatching(/^l\.almanac\/[0-9a-f]{64}\/00001$/));
    const again = await finish(step);
    expect(again.length).toBeLessThanOrEqual(count - (200 - 48));
    expect(await listAt(target, 'l')).toMatchObject(exact);
    expect(await keysOf(s3, target)).toEqual(['l']);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('a worker that is gone: what was done until two seconds before is kept; what changed is read again', async () => {
    const { source, target, step } = await prepared();
    let reads = 0;
    let dead = false;
    const client = observedS3(async (command, key) => {
      if (command === 'GetObjectCommand' && key.startsWith('in/')) {
        reads += 1;
        // The first after these two seconds has a page written; then gone as after SIGKILL: nothing reaches S3 any more.
        if (reads >= 120) await delay(reads < 170 ? 2500 : 500);
        if (reads >= 220) dead = true;
      }
      if (dead) throw new Error('killed');
    });
    expect((await failureOf(runStep(client, 's3.inspect', step))).nonRetryable).toBe(false);
    await put(s3, source, 'in/0003', 'changed');
    const read: string[] = [];
    const observed = observedS3((command, key) => {
      if (command === 'GetObjectCommand' && key.startsWith('in/')) read.push(key);
    });
    expect(await runStep(observed, 's3.inspect', step)).toMatchObject({ objects: count });
    expect(read).toContain('in/0003');
    expect(read.length).toBeLessThan(count - 100);
    const expected = exact.map((record) =>
      record.key === 'in/0003' ? { key: 'in/0003', lines: 1, sha256: sha256(Buffer.from('changed')) } : record,
    );
    expect(await listAt(target, 'l')).toMatchObject(expected);
    expect(await keysOf(s3, target)).toEqual(['l']);
  });

  test('a cancellation leaves nothing', async () => {
    const { target, step } = await prepared();
    let reads = 0;
    const client = observedS3((command, key) => {
      if (command === 'GetObjectCommand' && key.startsWith('in/') && ++reads === 100) run.cancel();
    });
    const run = startStep(client, 's3.inspect', step);
    await expect(run.result).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await keysOf(s3, target)).toEqual([]);
  });
});
