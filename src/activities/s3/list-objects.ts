import { HeadBucketCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ApplicationFailure } from '@temporalio/common';
import { keyGlob } from '../../domain/steps/key-glob.js';
import type { SourceObjects } from '../../domain/steps/s3-object.js';
import { callS3, isFailure } from './failures.js';
import { isJournalEntry } from './journal-entries.js';

/** One object as the listing saw it. */
export interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  /** The key after the source prefix; of a key list, the whole key. Never empty. */
  readonly name: string;
  /** Bytes as they are in S3. */
  readonly size: number;
  /** As S3 gives it, quotes included. */
  readonly etag: string;
  /** Why a key of a key list is no object, where that is tolerated. */
  readonly missing?: ApplicationFailure;
}

/** Says whether an object of that key is, or would be, one of the source's. */
export type SourceMatcher = (bucket: string, key: string) => boolean;

export function sourceMatcher(source: SourceObjects): SourceMatcher {
  const prefix = source.prefix ?? '';
  const keys = source.keys === undefined ? undefined : new Set(source.keys);
  const selected = globFilter(source);
  return (bucket, key) =>
    bucket === source.bucket &&
    (keys === undefined ? key.startsWith(prefix) : keys.has(key)) &&
    selected(nameOf(key, prefix));
}

function globFilter({ include, exclude }: SourceObjects): (name: string) => boolean {
  const included = include === undefined || include.length === 0 ? () => true : keyGlob(include);
  const excluded = exclude === undefined || exclude.length === 0 ? () => false : keyGlob(exclude);
  return (name) => included(name) && !excluded(name);
}

/** The key after the prefix; the base name where the prefix is the whole key. */
function nameOf(key: string, prefix: string): string {
  return key.length > prefix.length ? key.slice(prefix.length) : baseName(key);
}

export function baseName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/**
 * The objects of a source in key order (UTF-8 bytes, as S3 lists them), in pages, so that memory does not grow with their
 * number. The empty object that some tools put at `prefix/` as a folder mark is left out, and so are Almanac's own journals.
 * @param tolerateMissing a key of a key list that is not there comes as an object that says so.
 * @throws ApplicationFailure NoSuchBucket, AccessDenied; NoSuchKey for a key of a key list that is not there.
 */
export function listObjects(
  s3: S3Client,
  source: SourceObjects,
  signal: AbortSignal,
  tolerateMissing = false,
): AsyncGenerator<SourceObject[]> {
  return source.keys === undefined
    ? listPrefix(s3, source, signal)
    : headKeys(s3, source, source.keys, signal, tolerateMissing);
}

/** Objects and bytes of a source: what progress is measured against. */
export async function countObjects(
  s3: S3Client,
  source: SourceObjects,
  signal: AbortSignal,
): Promise<{ objects: number; bytes: number }> {
  const count = { objects: 0, bytes: 0 };
  for await (const page of listObjects(s3, source, signal)) {
    count.objects += page.length;
    for (const object of page) count.bytes += object.size;
  }
  return count;
}

async function* listPrefix(s3: S3Client, source: SourceObjects, signal: AbortSignal): AsyncGenerator<SourceObject[]> {
  const { bucket, prefix = '' } = source;
  const selected = globFilter(source);
  let token: string | undefined;
  do {
    const page = await callS3({ bucket }, signal, () =>
      s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }), {
        abortSignal: signal,
      }),
    );
    yield (page.Contents ?? []).flatMap(({ Key: key = '', Size: size = 0, ETag: etag = '' }) => {
      const name = nameOf(key, prefix);
      return name === '' || isJournalEntry(key) || !selected(name) ? [] : [{ bucket, key, name, size, etag }];
    });
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** As many HEAD requests at once as one page of a key list asks for. */
const headsAtOnce = 16;

async function* headKeys(
  s3: S3Client,
  source: SourceObjects,
  keys: string[],
  signal: AbortSignal,
  tolerateMissing: boolean,
): AsyncGenerator<SourceObject[]> {
  const { bucket } = source;
  const selected = globFilter(source);
  const wanted = [...new Set(keys)].filter(selected).sort(byUtf8);
  for (let start = 0; start < wanted.length; start += headsAtOnce) {
    yield await Promise.all(wanted.slice(start, start + headsAtOnce).map(head));
  }

  async function head(key: string): Promise<SourceObject> {
    try {
      const found = await callS3({ bucket, key }, signal, () =>
        s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }),
      ).catch((error: unknown) => namingTheBucket(error, s3, bucket, signal));
      return { bucket, key, name: key, size: found.ContentLength ?? 0, etag: found.ETag ?? '' };
    } catch (error) {
      if (!tolerateMissing || !isFailure(error, 'NoSuchKey')) throw error;
      return { bucket, key, name: key, size: 0, etag: '', missing: error };
    }
  }
}

/** The answer to a HEAD has no body and so does not say whether the object or its whole bucket is missing: asked once more. */
async function namingTheBucket(error: unknown, s3: S3Client, bucket: string, signal: AbortSignal): Promise<never> {
  if (isFailure(error, 'NoSuchKey')) {
    await callS3({ bucket }, signal, () => s3.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal }));
  }
  throw error;
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
