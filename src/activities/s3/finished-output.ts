import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { callS3, isFailure, type Place } from './failures.js';
import type { WrittenObject } from './multipart-writer.js';

/** What an output that was written in one request says about itself in its metadata. */
const metadata = z.object({
  'almanac-fingerprint': z.string(),
  'almanac-lines': z
    .string()
    .regex(/^\d+\/\d+$/)
    .transform((text) => {
      const [linesIn, linesOut] = text.split('/').map(Number) as [number, number];
      return { linesIn, linesOut };
    }),
  'almanac-sha256': z.string().regex(/^[0-9a-f]{64}$/),
});

/** @param fingerprint stands for the source and the rules. */
export function finishedMetadata(
  fingerprint: string,
  { linesIn, linesOut }: { linesIn: number; linesOut: number },
  sha256: string,
): z.input<typeof metadata> {
  return {
    'almanac-fingerprint': fingerprint,
    'almanac-lines': `${linesIn}/${linesOut}`,
    'almanac-sha256': sha256,
  };
}

export interface FinishedOutput extends WrittenObject {
  lines: { linesIn: number; linesOut: number };
}

/** The output of that fingerprint, if it is there already. */
export async function findFinished(
  s3: S3Client,
  place: Required<Place>,
  fingerprint: string,
  signal: AbortSignal,
): Promise<FinishedOutput | undefined> {
  const request = new HeadObjectCommand({ Bucket: place.bucket, Key: place.key });
  const head = await callS3(place, signal, () => s3.send(request, { abortSignal: signal })).catch((error: unknown) => {
    if (isFailure(error, 'NoSuchKey')) return undefined;
    throw error;
  });
  const { data } = metadata.safeParse(head?.Metadata);
  if (head === undefined || data?.['almanac-fingerprint'] !== fingerprint) return undefined;
  return {
    etag: head.ETag ?? '',
    bytes: head.ContentLength ?? 0,
    sha256: data['almanac-sha256'],
    lines: data['almanac-lines'],
  };
}

/** Is nothing under that prefix? Then no output needs to be looked for. */
export async function isEmpty(s3: S3Client, Bucket: string, Prefix: string, signal: AbortSignal): Promise<boolean> {
  const request = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 });
  const { KeyCount } = await callS3({ bucket: Bucket }, signal, () => s3.send(request, { abortSignal: signal }));
  return KeyCount === 0;
}
