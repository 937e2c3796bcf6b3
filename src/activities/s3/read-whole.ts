import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SourceObject } from './list-objects.js';
import { getInto, idleTimeoutMs, isByteStream } from './source-reader.js';

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
  object: SourceObject,
  signal: AbortSignal,
  piece: Buffer,
): Promise<WholeObject | undefined> {
  const { size } = object;
  const { body, contentType } = await getInto(piece, s3, object, 0, signal);
  if (Buffer.isBuffer(body)) return body.length === size ? { bytes: body, contentType } : undefined;
  if (!(body instanceof Readable)) {
    if (isByteStream(body)) body.destroy();
    return undefined;
  }
  const read = async (): Promise<WholeObject | undefined> => {
    const { buffer, byteOffset, byteLength } = await body.transformToByteArray();
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return bytes.length === size ? { bytes, contentType } : undefined;
  };
  const stop = () => void body.destroy(new Error('reading was given up'));
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
