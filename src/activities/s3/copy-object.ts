import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { type CopyContext, type CopyLimits, copyInParts, copySource, isNotImplemented } from './copy-in-parts.js';
import { copyStreamed, hasBegunStreaming } from './copy-streamed.js';
import { bareEtag } from './etag.js';
import { asS3Failure, callS3, isFailure, type Place, s3Failure } from './failures.js';
import { headObject } from './head-object.js';
import type { SourceObject } from './list-objects.js';
import { copyOfKey, sourceHeaders } from './source-headers.js';
import type { Listed } from './target-listing.js';

/** One line of the manifest of a copy. */
export interface CopyRecord {
  key: string;
  targetKey: string;
  action: 'copied' | 'skipped';
  /** The source was deleted. */
  moved: boolean;
  bytes: number;
  sourceEtag: string;
  targetEtag: string;
}

export interface CopyOptions {
  move: boolean;
  /** What a listing said of the target. */
  listed: Listed;
  limits: CopyLimits;
}

/**
 * Copies one object, inside S3 where that can, unless the target has it already. With `move` the source is deleted once the target was seen to
 * hold the same; a source that changed in between stays.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, NoSuchBucket, AccessDenied, CopyNotVerified.
 */
export async function copyObject(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  { move, listed, limits }: CopyOptions,
): Promise<CopyRecord> {
  const there = await findCopy(context, object, target, listed, move);
  const skip = there !== undefined;
  const targetEtag = there ?? (await copy(context, object, target, limits));
  if (skip) context.progress.add(object.size);
  if (move) {
    if (!skip) await verify(context, object, target, targetEtag);
    await deleteUnchanged(context, object);
  }
  return {
    key: object.key,
    targetKey: target.key,
    action: skip ? 'skipped' : 'copied',
    moved: move,
    bytes: object.size,
    sourceEtag: object.etag,
    targetEtag,
  };
}

/**
 * ETag of the target if it is a copy of the object already. Only where the listing leaves that open is the target asked; and
 * before a source is deleted: of that moment, not of the listing's.
 */
async function findCopy(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  listed: Listed,
  move: boolean,
): Promise<string | undefined> {
  if (listed === 'nothing') return undefined;
  if (listed !== 'unknown') {
    if (listed.size !== object.size) return undefined;
    if (listed.etag === object.etag && !move) return listed.etag;
  }
  const there = await headObject(context.s3, target, context.signal);
  return there !== undefined && isCopyOf(there, object) ? (there.ETag ?? '') : undefined;
}

/** By its ETag, or by what a copy that got another one says of its source's. */
export function isCopyOf(target: HeadObjectCommandOutput, source: Pick<SourceObject, 'size' | 'etag'>): boolean {
  return (
    target.ContentLength === source.size &&
    (target.ETag === source.etag || target.Metadata?.[copyOfKey] === bareEtag(source.etag))
  );
}

async function copy(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  limits: CopyLimits,
): Promise<string> {
  const { refused } = context.seen;
  const way = object.size > limits.multipartAbove ? copyInParts : copyAtOnce;
  if (!refused.has(way.name) && !hasBegunStreaming(context, object, target)) {
    try {
      return await way(context, object, target, limits);
    } catch (error) {
      if (!isNotImplemented(error)) throw error;
      refused.add(way.name);
    }
  }
  return copyStreamed(context, object, target);
}

/**
 * In one request. A copy whose ETag is bound to be another than its source's has to name that in its metadata, or the next run would
 * copy it again: that of a source that was made of parts. Encryption that makes ETags of its own shows in the first copy only, which
 * is then made again, and in the step's other ones from then on.
 */
async function copyAtOnce(context: CopyContext, object: SourceObject, target: Required<Place>): Promise<string> {
  const { s3, signal, progress, seen } = context;
  const named = async () =>
    requestCopy(context, object, target, {
      ...(await sourceHeaders(s3, object, signal)),
      MetadataDirective: 'REPLACE' as const,
    });
  let etag: string;
  if (isOfParts(object.etag) || seen.otherEtags) {
    etag = await named();
  } else {
    etag = await requestCopy(context, object, target);
    if (bareEtag(etag) !== bareEtag(object.etag)) {
      seen.otherEtags = true;
      etag = await named();
    }
  }
  progress.add(object.size);
  return etag;
}

/** S3 ends such an ETag with the number of parts. */
function isOfParts(etag: string): boolean {
  return etag.includes('-');
}

/** @param replaced what the copy gets instead of its source's metadata. */
async function requestCopy(
  { s3, signal }: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  replaced: Omit<CopyObjectCommandInput, 'Bucket' | 'Key' | 'CopySource'> = {},
): Promise<string> {
  const request = new CopyObjectCommand({
    Bucket: target.bucket,
    Key: target.key,
    CopySource: copySource(object),
    CopySourceIfMatch: object.etag,
    ...replaced,
  });
  const copying = callS3(object, signal, () => s3.send(request, { abortSignal: signal }));
  // A bucket that is missing here is the target's: the source's was listed just now.
  const { CopyObjectResult } = await copying.catch((error: unknown) => {
    throw isFailure(error, 'NoSuchBucket') ? asS3Failure(error.cause, target) : error;
  });
  return CopyObjectResult?.ETag ?? '';
}

async function verify(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  targetEtag: string,
): Promise<void> {
  const copied = await headObject(context.s3, target, context.signal);
  if (copied?.ContentLength === object.size && copied.ETag === targetEtag) return;
  const found = copied === undefined ? 'nothing' : `${copied.ContentLength} bytes with ETag ${copied.ETag}`;
  throw s3Failure(
    'CopyNotVerified',
    target,
    `after the copy of ${object.size} bytes with ETag ${targetEtag} there is ${found}; the source was kept`,
  );
}

async function deleteUnchanged(context: CopyContext, object: SourceObject): Promise<void> {
  const { s3, signal } = context;
  const now = await headObject(context.s3, object, context.signal);
  if (now === undefined) return;
  if (now.ETag !== object.etag)
    throw s3Failure('SourceChanged', object, 'it was changed after it was copied; it was kept');
  await callS3(object, signal, () =>
    s3.send(new DeleteObjectCommand({ Bucket: object.bucket, Key: object.key }), { abortSignal: signal }),
  );
}
