import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { bareEtag } from './etag.js';
import { s3Failure } from './failures.js';
import { headObject } from './head-object.js';
import type { SourceObject } from './list-objects.js';

/**
 * Metadata by which an object that has another ETag than its source is known as its copy. No output of a transform has it: that also
 * names its source's ETag and may be as long, but is something else.
 */
export const copyOfKey = 'almanac-copy-of';

/** S3 takes 2 KB of names and values of an object's own metadata. */
const mostMetadataBytes = 2048;

/**
 * What a copy has to be told of its source, since S3 carries it over only where nothing of it is to be added: the headers that
 * CopyObject keeps, and metadata that also name the source's ETag.
 * @throws ApplicationFailure NoSuchKey, NoSuchBucket, AccessDenied.
 */
export async function sourceHeaders(s3: S3Client, object: SourceObject, signal: AbortSignal) {
  const source = await headObject(s3, object, signal);
  if (source === undefined) throw s3Failure('NoSuchKey', object, 'the object was deleted while it was copied');
  return {
    ContentType: source.ContentType,
    ContentEncoding: source.ContentEncoding,
    ContentLanguage: source.ContentLanguage,
    ContentDisposition: source.ContentDisposition,
    CacheControl: source.CacheControl,
    Expires: expiryOf(source),
    Metadata: withSourceEtag(source.Metadata ?? {}, object.etag),
  };
}

/** HTTP takes a text that is no time, such as 0, for a time that is over. The SDK sends none but times. */
export function expiryOf({ ExpiresString }: Pick<HeadObjectCommandOutput, 'ExpiresString'>): Date | undefined {
  if (ExpiresString === undefined || ExpiresString === '') return undefined;
  const time = /[a-z]/i.test(ExpiresString) ? new Date(ExpiresString) : new Date(Number.NaN);
  return Number.isNaN(Number(time)) ? new Date(0) : time;
}

/** Where the object's own metadata leave no room they stay as they are: to be copied once more by the next run is better than not at all. */
export function withSourceEtag(metadata: Record<string, string>, etag: string): Record<string, string> {
  const more = { ...metadata, [copyOfKey]: bareEtag(etag) };
  const bytes = Object.entries(more).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return bytes > mostMetadataBytes ? metadata : more;
}
