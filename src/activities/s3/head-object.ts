import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { callS3, isFailure, type Place } from './failures.js';

/**
 * What is under a key; undefined when nothing is, or nothing that may be looked at. For questions whose answers save work and
 * no more: whoever may write may not always read.
 */
export async function headIfAllowed(
  s3: S3Client,
  place: Required<Place>,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  const request = new HeadObjectCommand({ Bucket: place.bucket, Key: place.key });
  return callS3(place, signal, () => s3.send(request, { abortSignal: signal })).catch((error: unknown) => {
    if (isFailure(error, 'NoSuchKey') || isFailure(error, 'AccessDenied')) return undefined;
    throw error;
  });
}
