import type { S3Client } from '@aws-sdk/client-s3';
import {
  type ByteSink,
  type Compression,
  decompress,
  detectCompression,
  magicLength,
  requireSupported,
} from './compression.js';
import { s3Failure } from './failures.js';
import { type CompiledRules, LineFilter } from './line-filter.js';
import type { SourceObject } from './list-objects.js';
import { openSource } from './source-reader.js';

/** An object whose first bytes were looked at. */
export interface InspectedSource {
  readonly object: SourceObject;
  readonly compression: Compression;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** As it is in S3, from its first byte. */
  readonly body: AsyncGenerator<Buffer>;
}

/** Opens an object and finds out how it is compressed. Its body must be read, or closed by `return()`. */
export async function inspectSource(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<InspectedSource> {
  const { body, contentType, contentEncoding } = await openSource(s3, object, signal, onBytes);
  const head: Buffer[] = [];
  let length = 0;
  while (length < magicLength) {
    const { done, value } = await body.next();
    if (done) break;
    head.push(value);
    length += value.length;
  }
  try {
    const compression = detectCompression(Buffer.concat(head), object);
    requireSupported(compression, object);
    return { object, compression, contentType, contentEncoding, body: resume(head, body) };
  } catch (error) {
    await body.return(undefined);
    throw error;
  }
}

async function* resume(head: Buffer[], body: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* head;
    yield* body;
  } finally {
    await body.return(undefined);
  }
}

/** Sends the lines of an object that the rules let through to `sink`; counts them. */
export async function filterInto(
  source: InspectedSource,
  rules: CompiledRules,
  sink: ByteSink,
): Promise<{ linesIn: number; linesOut: number }> {
  const filter = new LineFilter(rules);
  try {
    for await (const chunk of decompress(source.body, source.compression, source.object)) {
      await write(filter.push(chunk), sink);
    }
    await write(filter.end(), sink);
  } catch (error) {
    if (error instanceof RangeError) throw s3Failure('LineTooLong', source.object, error.message, error);
    throw error;
  } finally {
    await source.body.return(undefined);
  }
  return { linesIn: filter.linesIn, linesOut: filter.linesOut };
}

async function write(bytes: Buffer, sink: ByteSink): Promise<void> {
  if (bytes.length > 0) await sink.write(bytes);
}
