import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { createS3Client } from '../../src/clients/s3.js';

/** A client of the test run's S3 server. */
export function testS3(): S3Client {
  process.env.AWS_ACCESS_KEY_ID = 'almanac';
  process.env.AWS_SECRET_ACCESS_KEY = 'almanac-local';
  return createS3Client({ region: 'us-east-1', s3Endpoint: inject('s3Endpoint') });
}

let buckets = 0;

/** A new empty bucket. */
export async function newBucket(s3: S3Client, name = 'test'): Promise<string> {
  buckets += 1;
  const bucket = `${name}-${process.pid}-${Date.now().toString(36)}-${buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

export async function readObject(s3: S3Client, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
