import path from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ApplicationFailure } from '@temporalio/activity';

/** SES takes 10 MB a message by default; base64 makes a third more of the attachments. */
export const maxAttachmentBytes = 7 * 1024 * 1024;

export interface LoadedAttachment {
  filename: string;
  content: Buffer;
  contentType?: string | undefined;
}

/**
 * Reads objects into memory, in their order, and stops as soon as they are over {@link maxAttachmentBytes} in all.
 *
 * @throws ApplicationFailure AttachmentTooLarge, or AttachmentMissing for an object that is not there or not readable
 */
export async function loadAttachments(
  s3: S3Client,
  objects: readonly { bucket: string; key: string }[],
  signal: AbortSignal,
): Promise<LoadedAttachment[]> {
  const loaded: LoadedAttachment[] = [];
  let total = 0;
  for (const { bucket, key } of objects) {
    const { Body, ContentLength, ContentType } = await open(s3, bucket, key, signal);
    total += ContentLength ?? 0;
    if (total > maxAttachmentBytes) {
      if (Body instanceof Readable) Body.destroy();
      throw ApplicationFailure.nonRetryable(
        `s3://${bucket}/${key} takes the attachments over the limit of ${maxAttachmentBytes} bytes: mail a link instead`,
        'AttachmentTooLarge',
        { bucket, key, limitBytes: maxAttachmentBytes },
      );
    }
    const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
    loaded.push({ filename: path.posix.basename(key), content, contentType: ContentType });
  }
  return loaded;
}

async function open(s3: S3Client, bucket: string, key: string, signal: AbortSignal) {
  try {
    return await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!['NoSuchKey', 'NoSuchBucket', 'AccessDenied', 'NotFound'].includes(name)) throw error;
    throw ApplicationFailure.nonRetryable(`s3://${bucket}/${key} cannot be attached: ${name}`, 'AttachmentMissing', {
      bucket,
      key,
    });
  }
}
