import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Place } from './failures.js';

/** How long clearing up may take: the step that it is for has ended already, or waits to begin. */
const clearingTimeoutMs = 10_000;
/** S3 tells times in whole seconds. */
const clockGrainMs = 1000;

export async function readSmallObject(s3: S3Client, { bucket, key }: Required<Place>, abortSignal: AbortSignal) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
  return (await Body?.transformToString()) ?? '';
}

/** Deletes objects of a bucket. Never throws: it is for what is swept later otherwise. */
export async function deleteKeys(s3: S3Client, Bucket: string, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += 1000) {
    const Objects = keys.slice(start, start + 1000).map((Key) => ({ Key }));
    const request = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
    await s3.send(request, { abortSignal: AbortSignal.timeout(clearingTimeoutMs) }).catch(() => undefined);
  }
}

interface Abandoned {
  uploadId: string | undefined;
  since: Date | undefined;
  /** Id of the one that stays. */
  except?: string;
}

/**
 * Aborts the upload of that id; when it is not known, all uploads of the key that were opened from `since` on, which is when
 * Almanac said that it would open one. Never throws.
 */
export async function abandonUploads(
  s3: S3Client,
  { bucket, key, uploadId, since, except }: Required<Place> & Abandoned,
): Promise<void> {
  const abortSignal = AbortSignal.timeout(clearingTimeoutMs);
  try {
    const ids = uploadId !== undefined ? [uploadId] : since === undefined ? [] : await openedSince(since);
    for (const id of ids) {
      await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: id }), { abortSignal });
    }
  } catch {
    // Swept later.
  }

  async function openedSince(begin: Date): Promise<string[]> {
    const request = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key });
    const { Uploads = [] } = await s3.send(request, { abortSignal });
    return Uploads.flatMap(({ Key, UploadId, Initiated }) =>
      Key === key && UploadId !== undefined && UploadId !== except && Number(Initiated) >= Number(begin) - clockGrainMs
        ? [UploadId]
        : [],
    );
  }
}
