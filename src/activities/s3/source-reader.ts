import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { blockBytes } from './blocks.js';
import { asS3Failure, callS3, s3Failure } from './failures.js';
import type { SourceObject } from './list-objects.js';

/** After this long without a byte a read counts as broken. */
export const idleTimeoutMs = 60_000;
/** How often a read that broke off goes on where it was before the attempt fails. */
const resumptions = 4;

/** What the first answer tells about an object. */
export interface OpenedSource {
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** Pieces of at most {@link blockBytes}, each right until the next is asked for: they are all the same memory. */
  body: AsyncGenerator<Buffer>;
}

/**
 * Opens an object as the listing saw it: every request is pinned to its ETag, so that a source that changes is noticed and
 * never mixed. A read that breaks off goes on at the byte where it was.
 * @param onBytes told of every chunk read.
 * @param from byte to begin at, less than the object's size.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, AccessDenied; the body throws these and ReadFailed.
 */
export async function openSource(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
  from = 0,
): Promise<OpenedSource> {
  const memory = Buffer.allocUnsafeSlow(Math.min(Math.max(object.size - from, 1), blockBytes));
  const get = (offset: number) => getInto(memory, s3, object, offset, signal);
  const { contentType, contentEncoding, body } = await get(from);
  return { contentType, contentEncoding, body: readAll(get, object, body, signal, onBytes, from) };
}

async function* readAll(
  get: (offset: number) => Promise<{ body: unknown }>,
  object: SourceObject,
  first: unknown,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
  from: number,
): AsyncGenerator<Buffer> {
  let offset = from;
  let body = first;
  for (let broken = 0; ; ) {
    const before = offset;
    try {
      for await (const chunk of Buffer.isBuffer(body) ? [body] : chunks(body, signal)) {
        offset += chunk.length;
        onBytes(chunk.length);
        yield chunk;
      }
      if (offset === object.size) return;
      if (offset > object.size) {
        throw s3Failure('SourceChanged', object, `it has more than the ${object.size} bytes that were listed`);
      }
      throw new Error(`the body ended after ${offset} of ${object.size} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      // A read that got further starts its count anew: what matters is that it moves.
      broken = offset > before ? 1 : broken + 1;
      const failure = asReadFailure(error, object);
      const isOver = offset >= object.size; // such as a wrong checksum, which comes after the last byte
      if (failure.nonRetryable || failure.type === 'SourceChanged' || isOver || broken > resumptions) throw failure;
    }
    body = (await get(offset)).body;
  }
}

/** Hexadecimal, of an object's bytes as they are in S3; `object` is pinned to its ETag as a source is. */
export async function sha256OfObject(
  s3: S3Client,
  object: Pick<SourceObject, 'bucket' | 'key' | 'size' | 'etag'>,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const { body } = await openSource(s3, { ...object, name: object.key }, signal);
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}

function asReadFailure(error: unknown, object: SourceObject) {
  const failure = asS3Failure(error, object);
  return failure.type === 'S3Unavailable'
    ? s3Failure('ReadFailed', object, `reading broke off (${(error as Error).message})`, error)
    : failure;
}

/** Asks for an object from a byte on. A client that knows how to use the memory does; from another one comes a stream. */
export async function getInto(
  buffer: Buffer,
  s3: S3Client,
  { bucket, key, etag }: SourceObject,
  offset: number,
  signal: AbortSignal,
) {
  const Range = offset === 0 ? undefined : `bytes=${offset}-`;
  const request = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range });
  const memory: { buffer: Buffer; length?: number } = { buffer };
  const options = { abortSignal: signal, memory };
  const output = await callS3({ bucket, key }, signal, () => s3.send(request, options));
  return {
    contentType: output.ContentType,
    contentEncoding: output.ContentEncoding,
    body: memory.length === undefined ? output.Body : buffer.subarray(0, memory.length),
  };
}

/** The chunks of a body; it is destroyed on cancellation, when no byte comes for a minute, and when its reader leaves. */
async function* chunks(body: unknown, signal: AbortSignal): AsyncGenerator<Buffer> {
  if (!isByteStream(body)) throw new Error('S3 answered without a body');
  let lastByteAt = performance.now();
  const onAbort = () => body.destroy(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let waiting = true;
  const watch = setInterval(() => {
    if (waiting && performance.now() - lastByteAt > idleTimeoutMs) body.destroy(new Error('no byte came for a minute'));
  }, idleTimeoutMs / 4);
  try {
    for await (const chunk of body) {
      waiting = false;
      yield chunk;
      waiting = true;
      lastByteAt = performance.now();
    }
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    body.destroy();
  }
}

type ByteStream = AsyncIterable<Buffer> & { destroy(error?: Error): unknown };

export function isByteStream(body: unknown): body is ByteStream {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'destroy' in body;
}
