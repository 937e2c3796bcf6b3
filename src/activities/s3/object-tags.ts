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

/** What servers answer that know of no tags, or that an object has none. */
const noTags = new Set(['NotImplemented', 'NoSuchTagSet', 'NoSuchTagSetError']);

/**
 * The tags of an object as an upload is opened with them; undefined when it has none. CopyObject carries them over by itself, and fails where
 * they may not be read; so does this: with a move they would be lost for good.
 * @throws ApplicationFailure AccessDenied, NoSuchKey.
 */
export async function tagsForCopy(
  s3: S3Client,
  place: Required<Place>,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const request = new GetObjectTaggingCommand({ Bucket: place.bucket, Key: place.key });
  const answer = await callS3(place, abortSignal, () =>
    s3.send(request, { abortSignal }).catch((error: unknown) => {
      if (error instanceof Error && noTags.has(error.name)) return undefined;
      throw error;
    }),
  );
  // Those that AWS sets are nobody else's to set.
  const tags = (answer?.TagSet ?? []).filter(({ Key = '' }) => !Key.startsWith('aws:'));
  const pairs = tags.map(({ Key = '', Value = '' }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`);
  return pairs.length === 0 ? undefined : pairs.join('&');
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
