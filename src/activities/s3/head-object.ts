import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { callS3, isFailure, type Place } from './failures.js';

/** What is under a key; undefined when nothing is. */
export async function headObject(
  s3: S3Client,
  { bucket, key }: Required<Place>,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  const request = new HeadObjectCommand({ Bucket: bucket, Key: key });
  try {
    return await callS3({ bucket, key }, signal, () => s3.send(request, { abortSignal: signal }));
  } catch (error) {
    if (isFailure(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/**
 * The same, and undefined for what may not be looked at. For questions whose answers save work and no more: whoever may write may not
 * always read.
 */
export async function headIfAllowed(
  s3: S3Client,
  place: Required<Place>,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await headObject(s3, place, signal);
  } catch (error) {
    if (isFailure(error, 'AccessDenied')) return undefined;
    throw error;
  }
}
