import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Journals } from '../../../src/activities/s3/journals.js';
import { newBucket, testS3 } from '../../support/s3.js';
import { keysOf, openUploads } from './environment.js';

const s3 = testS3();
const signal = new AbortController().signal;
const day = 24 * 3_600_000;

/** What a run leaves that was lost in the middle of an output: an open upload of one part, and its journal. */
async function lostRun(workflowId: string, key = 'out/big') {
  const bucket = await newBucket(s3, 'target');
  const target = { bucket, prefix: 'out/' };
  const journal = await (await Journals.open(s3, target, signal, workflowId)).of(key, 'f'.repeat(32), z.number());
  const Metadata = await journal.begin();
  const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, Metadata }));
  await journal.note(1, { uploadId: UploadId, size: 4, bytes: 4, mark: 7 });
  const part = { Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: Buffer.from('part') };
  await s3.send(new UploadPartCommand(part));
  return target;
}

describe('what a lost machine left', () => {
  test.each([
    ['a week less a minute', 7 * day - 60_000],
    ['an hour', 3_600_000],
  ])('is not touched by another run after %s, whether that succeeds or fails', async (_, age) => {
    const target = await lostRun('one');
    const before = await keysOf(s3, target.bucket);
    expect(before).toHaveLength(2);
    for (const end of ['forget', 'discard'] as const) {
      const journals = await Journals.open(s3, target, signal, 'another', Date.now() + age);
      await journals[end]();
      expect(await keysOf(s3, target.bucket)).toEqual(before);
      expect(await openUploads(s3, target.bucket)).toBe(1);
    }
    const own = await Journals.open(s3, target, signal, 'one');
    const journal = await own.of('out/big', 'f'.repeat(32), z.number());
    expect(await journal.recover()).toMatchObject({ state: 'open', bytes: 4, marks: [7] });
  });

  test('is swept after more than a week without a change, by whichever run comes', async () => {
    const target = await lostRun('one');
    await Journals.open(s3, target, signal, 'another', Date.now() + 7 * day + 60_000);
    expect(await keysOf(s3, target.bucket)).toEqual([]);
    expect(await openUploads(s3, target.bucket)).toBe(0);
  });

  test('is swept by the end of its own run, whatever its age', async () => {
    const target = await lostRun('one');
    await (await Journals.open(s3, target, signal, 'one')).forget();
    expect(await keysOf(s3, target.bucket)).toEqual([]);
    expect(await openUploads(s3, target.bucket)).toBe(0);
  });

  test('is swept when its output is written with other rules', async () => {
    const target = await lostRun('one');
    const journals = await Journals.open(s3, target, signal, 'another');
    await journals.of('out/other', 'e'.repeat(32), z.number());
    expect(await openUploads(s3, target.bucket)).toBe(1);
    await journals.of('out/big', 'e'.repeat(32), z.number());
    expect(await keysOf(s3, target.bucket)).toEqual([]);
    expect(await openUploads(s3, target.bucket)).toBe(0);
  });
});
