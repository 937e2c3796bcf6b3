import { createHash, hash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { InspectRecord } from '../../domain/steps/s3-inspect.js';
import type { ProgressReporter } from '../heartbeat.js';
import type { BodyMemory } from './body-memory.js';
import { decompress, detectCompression, magicLength } from './compression.js';
import { countLineFeeds } from './count-lines.js';
import { lineFeed } from './line-bounds.js';
import type { SourceObject } from './list-objects.js';
import { readWhole } from './read-whole.js';
import { openSource } from './source-reader.js';

const MiB = 1024 * 1024;

/**
 * Reads an object once: its hash is that of the bytes as they are in S3, its lines are those of the content.
 * @throws ApplicationFailure as {@link openSource}; CorruptInput, UnsupportedCompression.
 */
export async function inspectObject(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  progress: Pick<ProgressReporter, 'add'>,
  memory: BodyMemory,
): Promise<InspectRecord> {
  const record = object.size <= MiB ? await inspectWhole(s3, object, signal, progress, memory) : undefined;
  return record ?? inspectStream(s3, object, signal, progress);
}

async function inspectWhole(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  progress: Pick<ProgressReporter, 'add'>,
  memory: BodyMemory,
): Promise<InspectRecord | undefined> {
  const piece = memory.take(object.size);
  try {
    const whole = await readWhole(s3, object, signal, piece);
    if (whole === undefined) return undefined;
    progress.add(object.size);
    const { bytes, contentType } = whole;
    const lines = new LineCount();
    const compression = detectCompression(bytes, object);
    if (compression === 'none') lines.push(bytes);
    else for await (const chunk of decompress(chain(bytes), compression, object)) lines.push(chunk);
    return recordOf(object, lines, hash('sha256', bytes), contentType);
  } finally {
    memory.give(piece);
  }
}

async function inspectStream(
  s3: S3Client,
  object: SourceObject,
  signal: AbortSignal,
  progress: Pick<ProgressReporter, 'add'>,
): Promise<InspectRecord> {
  const { body, contentType } = await openSource(s3, object, signal, (bytes) => progress.add(bytes));
  const sum = createHash('sha256');
  const raw = hashed(body);
  const lines = new LineCount();
  try {
    const head = await firstBytes(raw);
    const compression = detectCompression(head, object);
    for await (const chunk of decompress(chain(head, raw), compression, object)) lines.push(chunk);
  } finally {
    await body.return(undefined);
  }
  return recordOf(object, lines, sum.digest('hex'), contentType);

  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      sum.update(chunk);
      yield chunk;
    }
  }
}

function recordOf(
  { key, size, etag }: SourceObject,
  { count }: LineCount,
  sha256: string,
  contentType: string | undefined,
): InspectRecord {
  return { key, bytes: size, lines: count, sha256, etag, ...(contentType === undefined ? {} : { contentType }) };
}

/** Enough to tell a compression by, or all that there is. */
async function firstBytes(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const head: Buffer[] = [];
  let length = 0;
  while (length < magicLength) {
    const { done, value } = await chunks.next();
    if (done) break;
    length += value.length;
    // What is asked for next takes the place of what came before.
    head.push(length < magicLength ? Buffer.from(value) : value);
  }
  return head.length === 1 ? (head[0] as Buffer) : Buffer.concat(head);
}

async function* chain(head: Buffer, rest?: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  if (rest !== undefined) yield* rest;
}

/** Lines as `s3.transform` counts them: what follows the last line feed is one too. */
class LineCount {
  #feeds = 0;
  #open = false;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#feeds += countLineFeeds(chunk);
    this.#open = chunk[chunk.length - 1] !== lineFeed;
  }

  get count(): number {
    return this.#feeds + (this.#open ? 1 : 0);
  }
}
