import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { ProgressReporter } from '../heartbeat.js';
import { blocks, skipBytes } from './blocks.js';
import type { ByteSink } from './byte-sink.js';
import { type Compression, decompress, detectCompression, magicLength, requireSupported } from './compression.js';
import { s3Failure } from './failures.js';
import { type CompiledRules, type FilterPosition, LineFilter } from './line-filter.js';
import type { SourceObject } from './list-objects.js';
import type { PartLease } from './part-memory.js';
import { openSource } from './source-reader.js';

/** A content that its output's memory is asked for. */
const largeContent = 1024 * 1024;

const count = z.int().nonnegative();

export const filterPosition: z.ZodType<FilterPosition> = z.object({
  offset: count,
  linesIn: count,
  linesOut: count,
  midLine: z.boolean(),
});

/** An object whose first bytes were looked at. */
export interface InspectedSource {
  readonly object: SourceObject;
  readonly compression: Compression;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Its decompressed content from that byte on; to be called once. */
  content(from: number): AsyncGenerator<Buffer>;
  /** To be called in the end, whether its content was read or not. */
  close(): Promise<void>;
}

/** Opens an object and finds out how it is compressed. */
export async function inspectSource(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  progress: Pick<ProgressReporter, 'add' | 'addResumed'>,
): Promise<InspectedSource> {
  const onBytes = (bytes: number) => progress.add(bytes);
  const { body, contentType, contentEncoding } = await openSource(s3, object, signal, onBytes);
  const head: Buffer[] = [];
  let length = 0;
  while (length < magicLength) {
    const { done, value } = await body.next();
    if (done) break;
    length += value.length;
    // What is asked for next takes the place of what came before.
    head.push(length < magicLength ? Buffer.from(value) : value);
  }
  const close = async () => void (await body.return(undefined));
  try {
    const compression = detectCompression(Buffer.concat(head), object);
    requireSupported(compression, object);
    const whole = resume(head, body);
    const content = (from: number) => {
      if (compression !== 'none') return skipBytes(decompress(whole, compression, object), from);
      return from === 0 ? whole : readFrom(from);
    };
    return { object, compression, contentType, contentEncoding, content, close };
  } catch (error) {
    await close();
    throw error;
  }

  async function* readFrom(from: number): AsyncGenerator<Buffer> {
    await close();
    progress.addResumed(Math.max(0, from - length));
    if (from >= object.size) return;
    yield* (await openSource(s3, object, signal, onBytes, from)).body;
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

/**
 * Sends the lines of an object that the rules let through to `sink`, each write with the mark of its position, from `start`
 * on; gives the position at the end. A content of more than 1 MiB, which an object shows only as it is decompressed, is
 * gone on with when its output has its share of the memory.
 */
export async function filterInto(
  source: InspectedSource,
  rules: CompiledRules,
  sink: ByteSink<FilterPosition>,
  start: FilterPosition,
  lease: Pick<PartLease, 'begin'>,
): Promise<FilterPosition> {
  const filter = new LineFilter(rules, start);
  let filtered = 0;
  const expected = source.compression === 'none' ? source.object.size : undefined;
  const write = (bytes: Buffer) => {
    const { position } = filter;
    return sink.write(bytes, () => position);
  };
  try {
    for await (const block of blocks(source.content(start.offset), start.offset, expected)) {
      await write(filter.push(block));
      filtered += block.length;
      if (filtered >= largeContent) await lease.begin();
    }
    await write(filter.end());
    return filter.position;
  } catch (error) {
    if (error instanceof RangeError) throw s3Failure('LineTooLong', source.object, error.message, error);
    throw error;
  } finally {
    await source.close();
  }
}
