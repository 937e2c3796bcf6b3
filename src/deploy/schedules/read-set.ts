import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { AlmanacError } from '../../domain/errors.js';
import { type ScheduleSet, scheduleSet } from '../../domain/schedule-set.js';
import type { SetProperties } from './request.js';

/** Far above any set: 1,000 definitions of the largest allowed size. What is larger was not written by our stack. */
const maxSetBytes = 256 * 1024 * 1024;

/** @throws AlmanacError `invalid-input` when the object is absent, or is not the set that the template means */
export async function readSet(s3: S3Client, { bucket, key, digest }: SetProperties): Promise<ScheduleSet> {
  const where = `s3://${bucket}/${key}`;
  const bytes = await readObject(s3, bucket, key, where);
  const text = isGzip(bytes) ? await promisify(gunzip)(bytes, { maxOutputLength: maxSetBytes }) : bytes;
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== digest) {
    throw new AlmanacError(
      'invalid-input',
      `${where} is not the set of schedules of this deploy: its SHA-256 is ${found}, not ${digest}`,
    );
  }
  const parsed = scheduleSet.safeParse(JSON.parse(text.toString('utf8')));
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new AlmanacError('invalid-input', `${where} is not a set of schedules that this version reads`, { details });
}

async function readObject(s3: S3Client, bucket: string, key: string, where: string): Promise<Buffer> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    throw new AlmanacError('invalid-input', `cannot read the set of schedules ${where}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** By the first two bytes (RFC 1952 §2.3.1). */
function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
