import { GetObjectTaggingCommand, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import { bareEtag } from './etag.js';
import { callS3, type Place } from './failures.js';

/**
 * What is only known once an object is complete, written to it as tags: the metadata of a multipart upload are fixed when it
 * begins. Tags save work and no more, so a server or a policy that does not allow them is no failure; a cancellation is.
 */
export async function writeTags(
  s3: S3Client,
  place: Required<Place>,
  tags: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const request = new PutObjectTaggingCommand({ Bucket: place.bucket, Key: place.key, Tagging: { TagSet } });
  await unlessDenied(place, signal, () => s3.send(request, { abortSignal: signal }));
}

/** Tags of an object; none where they were written for another one under the same key, or can't be read. */
export async function readTags(
  s3: S3Client,
  place: Required<Place>,
  etag: string,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const request = new GetObjectTaggingCommand({ Bucket: place.bucket, Key: place.key });
  const answer = await unlessDenied(place, signal, () => s3.send(request, { abortSignal: signal }));
  const tags = Object.fromEntries((answer?.TagSet ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  return tags['almanac-etag'] === bareEtag(etag) ? tags : {};
}

async function unlessDenied<T>(
  place: Required<Place>,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await callS3(place, signal, call);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
