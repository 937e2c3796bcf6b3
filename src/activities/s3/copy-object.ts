import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ProgressReporter } from '../heartbeat.js';
import { bareEtag } from './etag.js';
import { asS3Failure, callS3, isFailure, type Place, s3Failure } from './failures.js';
import type { SourceObject } from './list-objects.js';
import type { Listed } from './target-listing.js';

const GiB = 1024 ** 3;

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

export interface CopyContext {
  readonly s3: S3Client;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
}

/** Sizes that S3 sets: CopyObject takes at most 5 GiB, a part at most 5 GiB, an upload at most 10,000 parts. */
export interface CopyLimits {
  /** Objects larger than this are copied in parts. */
  multipartAbove: number;
  partSize: number;
}

export const s3Limits: CopyLimits = { multipartAbove: 5 * GiB, partSize: GiB };

/** Parts of one object under way at once. */
export const partsAtOnce = 8;

export interface CopyOptions {
  move: boolean;
  /** What a listing said of the target. */
  listed?: Listed;
  limits?: CopyLimits;
}

/** Metadata by which an object that was copied in parts, and so has another ETag than its source, is known as its copy. */
const sourceEtagKey = 'almanac-source-etag';

/**
 * Copies one object inside S3, unless the target has it already. With `move` the source is deleted once the target was seen to
 * hold the same; a source that changed in between stays.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, NoSuchBucket, AccessDenied, CopyNotVerified.
 */
export async function copyObject(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  { move, listed = 'unknown', limits = s3Limits }: CopyOptions,
): Promise<CopyRecord> {
  const there = await findCopy(context, object, target, listed, move);
  const skip = there !== undefined;
  const targetEtag = there ?? (await copy(context, object, target, limits));
  context.progress.add(object.size);
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
  const there = await head(context, target);
  return there !== undefined && isCopyOf(there, object) ? (there.ETag ?? '') : undefined;
}

/** By its ETag, or by what a copy in parts says of its source's. */
export function isCopyOf(target: HeadObjectCommandOutput, source: Pick<SourceObject, 'size' | 'etag'>): boolean {
  return (
    target.ContentLength === source.size &&
    (target.ETag === source.etag || target.Metadata?.[sourceEtagKey] === bareEtag(source.etag))
  );
}

function copy(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  limits: CopyLimits,
): Promise<string> {
  return object.size > limits.multipartAbove
    ? copyInParts(context, object, target, limits)
    : copyAtOnce(context, object, target);
}

async function copyAtOnce({ s3, signal }: CopyContext, object: SourceObject, target: Required<Place>): Promise<string> {
  const request = new CopyObjectCommand({
    Bucket: target.bucket,
    Key: target.key,
    CopySource: copySource(object),
    CopySourceIfMatch: object.etag,
  });
  const copying = callS3(object, signal, () => s3.send(request, { abortSignal: signal }));
  // A bucket that is missing here is the target's: the source's was listed just now.
  const { CopyObjectResult } = await copying.catch((error: unknown) => {
    throw isFailure(error, 'NoSuchBucket') ? asS3Failure(error.cause, target) : error;
  });
  return CopyObjectResult?.ETag ?? '';
}

async function copyInParts(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  limits: CopyLimits,
): Promise<string> {
  const { s3, signal } = context;
  const names = { Bucket: target.bucket, Key: target.key };
  const source = await head(context, object);
  if (source === undefined) throw s3Failure('NoSuchKey', object, 'the object was deleted while it was copied');
  const { UploadId } = await callS3(target, signal, () =>
    s3.send(
      new CreateMultipartUploadCommand({
        ...names,
        ContentType: source.ContentType,
        ContentEncoding: source.ContentEncoding,
        ContentLanguage: source.ContentLanguage,
        ContentDisposition: source.ContentDisposition,
        CacheControl: source.CacheControl,
        Metadata: { ...source.Metadata, [sourceEtagKey]: bareEtag(object.etag) },
      }),
    ),
  );
  const upload = { ...names, UploadId };
  try {
    const ranges = partRanges(object.size, limits.partSize);
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let start = 0; start < ranges.length; start += partsAtOnce) {
      const group = ranges.slice(start, start + partsAtOnce).map(async ({ range, partNumber }) => {
        const { CopyPartResult } = await callS3(object, signal, () =>
          s3.send(
            new UploadPartCopyCommand({
              ...upload,
              PartNumber: partNumber,
              CopySource: copySource(object),
              CopySourceRange: range,
              CopySourceIfMatch: object.etag,
            }),
            { abortSignal: signal },
          ),
        );
        return { PartNumber: partNumber, ETag: CopyPartResult?.ETag };
      });
      const settled = await Promise.allSettled(group);
      for (const result of settled) {
        if (result.status === 'rejected') throw result.reason;
        parts.push(result.value);
      }
    }
    const { ETag = '' } = await callS3(target, signal, () =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } })),
    );
    return ETag;
  } catch (error) {
    await s3
      .send(new AbortMultipartUploadCommand(upload), { abortSignal: AbortSignal.timeout(10_000) })
      .catch(() => undefined);
    throw error;
  }
}

/** Byte ranges (inclusive, as HTTP has them) of the parts of an object; no more than 10,000. */
export function partRanges(size: number, wanted: number): { partNumber: number; range: string }[] {
  const length = Math.max(wanted, Math.ceil(size / 10_000));
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => ({
    partNumber: index + 1,
    range: `bytes=${index * length}-${Math.min((index + 1) * length, size) - 1}`,
  }));
}

async function verify(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  targetEtag: string,
): Promise<void> {
  const copied = await head(context, target);
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
  const now = await head(context, object);
  if (now === undefined) return;
  if (now.ETag !== object.etag)
    throw s3Failure('SourceChanged', object, 'it was changed after it was copied; it was kept');
  await callS3(object, signal, () =>
    s3.send(new DeleteObjectCommand({ Bucket: object.bucket, Key: object.key }), { abortSignal: signal }),
  );
}

/** Undefined when there is no such object. */
async function head({ s3, signal }: CopyContext, { bucket, key }: Required<Place>) {
  try {
    return await callS3({ bucket, key }, signal, () =>
      s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal }),
    );
  } catch (error) {
    if (isFailure(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** `bucket/key` as the header x-amz-copy-source wants it: percent-encoded but for the slashes. */
export function copySource({ bucket, key }: Required<Place>): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
