import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { callS3 } from './failures.js';
import type { SourceObject } from './list-objects.js';
import { idleTimeoutMs, isByteStream } from './source-reader.js';

/** An object in memory. */
export interface WholeObject {
  bytes: Buffer;
  contentType: string | undefined;
}

/**
 * Reads a small object as the listing saw it in one piece: for many of them that is half the work of reading streams.
 * Undefined when its body did not come whole; whoever reads it as a stream finds out why, or goes on where it breaks off.
 * @param piece may hold the bytes that are given.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, AccessDenied.
 */
export async function readWhole(
  s3: S3Client,
  { bucket, key, etag, size }: SourceObject,
  signal: AbortSignal,
  piece: Buffer,
): Promise<WholeObject | undefined> {
  const request = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag });
  // A client that has a shorter way for bodies whose size is known says so here, and no stream need be made of what is there.
  const memory: { buffer: Buffer; length?: number } = { buffer: piece };
  const options = { abortSignal: signal, memory };
  const output = await callS3({ bucket, key }, signal, () => s3.send(request, options));
  const { ContentType: contentType } = output;
  if (memory.length !== undefined) {
    return memory.length === size ? { bytes: piece.subarray(0, size), contentType } : undefined;
  }
  const { Body } = output;
  if (!(Body instanceof Readable)) {
    if (isByteStream(Body)) Body.destroy();
    return undefined;
  }
  const read = async (): Promise<WholeObject | undefined> => {
    const { buffer, byteOffset, byteLength } = await Body.transformToByteArray();
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return bytes.length === size ? { bytes, contentType } : undefined;
  };
  const stop = () => void Body.destroy(new Error('reading was given up'));
  const watch = setTimeout(stop, idleTimeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await read();
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    clearTimeout(watch);
    signal.removeEventListener('abort', stop);
  }
}
