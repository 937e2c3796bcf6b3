import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { makeSample, type Sample, sampleBucket, samples } from './samples.js';

/** Metadata of a sample: from what it was made, so that an unchanged one is neither read nor made again. */
const sourceMetadata = 'almanac-source';

/** Creates the buckets that are not there yet. */
export async function ensureBuckets(s3: S3Client, buckets: readonly string[]): Promise<void> {
  for (const Bucket of buckets) {
    try {
      await s3.send(new HeadBucketCommand({ Bucket }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await s3.send(new CreateBucketCommand({ Bucket }));
    }
  }
}

/**
 * Puts the public datasets of `folder` (the data of the npm package vega-datasets) into the sample bucket; those that are
 * there already are left alone. Returns the keys that were put.
 */
export async function seedSamples(s3: S3Client, folder: string): Promise<string[]> {
  const put: string[] = [];
  for (const sample of samples) {
    const file = path.join(folder, sample.file);
    const source = `${sample.file} ${(await stat(file)).size}`;
    if ((await sourceOf(s3, sample)) === source) continue;
    await new Upload({
      client: s3,
      params: {
        Bucket: sampleBucket,
        Key: sample.key,
        Body: await makeSample(sample, file),
        ContentType: sample.contentType,
        Metadata: { [sourceMetadata]: source },
      },
    }).done();
    put.push(sample.key);
  }
  return put;
}

async function sourceOf(s3: S3Client, sample: Sample): Promise<string | undefined> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: sampleBucket, Key: sample.key }));
    return Metadata?.[sourceMetadata];
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && ['NotFound', 'NoSuchKey', 'NoSuchBucket'].includes(error.name);
}
