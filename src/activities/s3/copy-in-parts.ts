import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { ProgressReporter } from '../heartbeat.js';
import { callS3, type Place } from './failures.js';
import type { Journal } from './journal.js';
import { fingerprintOf } from './journal-entries.js';
import type { StoredPart } from './journal-recovery.js';
import type { Journals } from './journals.js';
import type { SourceObject } from './list-objects.js';
import { tagsForCopy } from './object-tags.js';
import type { PartMemory } from './part-memory.js';
import { sourceHeaders } from './source-headers.js';

const GiB = 1024 ** 3;

export interface CopyContext {
  readonly s3: S3Client;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  /** Of the step, beside its target. */
  readonly journals: Journals;
  /** What the step has learnt of the target. */
  readonly seen: {
    /** Copies get another ETag than their source, as by encryption with keys of AWS KMS. */
    otherEtags: boolean;
    /** Names of the ways to copy that the server does not have. */
    readonly refused: Set<string>;
  };
  /** Of the parts of objects that it does not copy by itself. */
  readonly memory: PartMemory;
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

/** Bytes of the source that become one part. */
interface PartRange {
  partNumber: number;
  /** As HTTP has it: inclusive. */
  range: string;
  size: number;
}

/**
 * Copies an object inside S3 part by part; gives the ETag of the copy. An attempt that was lost in the middle left a journal, and the
 * parts that S3 has are not copied again. One that fails here leaves it too: the end of the step knows whether another will follow.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, NoSuchBucket, AccessDenied.
 */
export async function copyInParts(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  { partSize }: CopyLimits,
): Promise<string> {
  const { s3, signal, progress, journals } = context;
  const ranges = partRanges(object.size, partSize);
  const { bucket, key, etag, size } = object;
  // An upload that an older version opened has no tags.
  const fingerprint = fingerprintOf('copy with tags', { bucket, key, etag, size, partSize });
  const journal = await journals.of(target.key, fingerprint, z.null());
  const open = await journal.recoverParts();
  const uploadId = open?.uploadId ?? (await openUpload(context, object, target, journal, ranges));
  const parts = new Map<number, string>();
  const missing = ranges.filter(({ partNumber, size: wanted }) => {
    const stored: StoredPart | undefined = open?.parts.get(partNumber);
    if (stored?.Size !== wanted) return true;
    parts.set(partNumber, stored.ETag);
    progress.addResumed(wanted);
    return false;
  });
  const upload = { Bucket: target.bucket, Key: target.key, UploadId: uploadId };
  const copyNext = async () => {
    for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
      const request = new UploadPartCopyCommand({
        ...upload,
        PartNumber: next.partNumber,
        CopySource: copySource(object),
        CopySourceRange: next.range,
        CopySourceIfMatch: etag,
      });
      const { CopyPartResult } = await callS3(object, signal, () => s3.send(request, { abortSignal: signal }));
      parts.set(next.partNumber, CopyPartResult?.ETag ?? '');
      progress.add(next.size);
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: partsAtOnce }, copyNext));
  for (const result of settled) {
    if (result.status === 'fulfilled') continue;
    if (isNotImplemented(result.reason)) await journal.discard();
    throw result.reason;
  }
  const Parts = ranges.map(({ partNumber }) => ({ PartNumber: partNumber, ETag: parts.get(partNumber) }));
  // Not to be aborted in the middle: whether the object is there must not be a guess.
  const { ETag = '' } = await callS3(target, signal, () =>
    s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
  );
  await journal.forget();
  return ETag;
}

/**
 * Not to be aborted in the middle: an upload whose id nobody learnt would stay open. It is opened for no kind of checksum: S3 then sums
 * up the whole object by itself. For another kind the end would have to name a checksum of each part, which not every server gives
 * for a copied part (MinIO gives none; versitygw that of the whole source, which it then refuses if the source was made of parts).
 */
async function openUpload(
  context: CopyContext,
  object: SourceObject,
  target: Required<Place>,
  journal: Journal<null>,
  [first]: readonly PartRange[],
): Promise<string> {
  const { s3, signal } = context;
  const headers = await sourceHeaders(s3, object, signal);
  const Tagging = await tagsForCopy(s3, object, signal);
  await journal.begin();
  const request = new CreateMultipartUploadCommand({ Bucket: target.bucket, Key: target.key, ...headers, Tagging });
  const { UploadId, $metadata } = await callS3(target, signal, () => s3.send(request));
  if (UploadId === undefined) throw new Error('S3 opened a multipart upload without an id');
  await journal.opened(UploadId, ($metadata.attempts ?? 1) > 1);
  const size = first?.size ?? object.size;
  await journal.note(1, { uploadId: UploadId, size, bytes: size, mark: null });
  return UploadId;
}

/** Ranges of the parts of an object; no more than 10,000. */
export function partRanges(size: number, wanted: number): PartRange[] {
  const length = Math.max(wanted, Math.ceil(size / 10_000));
  return Array.from({ length: Math.ceil(size / length) }, (_, index) => {
    const start = index * length;
    const end = Math.min(start + length, size);
    return { partNumber: index + 1, range: `bytes=${start}-${end - 1}`, size: end - start };
  });
}

/** `bucket/key` as the header x-amz-copy-source wants it: percent-encoded but for the slashes. */
export function copySource({ bucket, key }: Required<Place>): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** The server has no such request, as of an S3 server that is not AWS's. */
export function isNotImplemented(error: unknown): boolean {
  const cause: unknown = error instanceof ApplicationFailure ? error.cause : undefined;
  return cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 501;
}
