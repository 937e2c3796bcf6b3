import { Readable, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { type Place, s3Failure } from './failures.js';
import { isZstdMagic, splitZstdFrames } from './zstd-frames.js';

export type Compression = 'gzip' | 'zstd' | 'none';

/** What Node's zlib has from 22.15 on and the type definitions of the oldest supported Node do not. */
interface ZstdFunctions {
  createZstdDecompress?: (options: { chunkSize: number }) => Transform & { bytesWritten: number };
  zstdCompress?: (data: Buffer, callback: (error: Error | null, result: Buffer) => void) => void;
}
const zstd: ZstdFunctions & Pick<typeof zlib, 'gzip'> = zlib;

/** Bytes that are enough to tell a compression by its content. */
export const magicLength = 4;

/**
 * The compression of an object: by its first bytes; by its name where it is empty.
 * @throws ApplicationFailure CorruptInput when the name promises a compression that the content does not have.
 */
export function detectCompression(head: Buffer, place: Required<Place>): Compression {
  const byName = compressionOfName(place.key ?? '');
  if (head.length === 0) return byName;
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length >= 4 && isZstdMagic(head.readUInt32LE(0))) return 'zstd';
  if (byName === 'none') return 'none';
  throw s3Failure('CorruptInput', place, `its name says ${byName}, but its content is not ${byName}`);
}

/** @throws ApplicationFailure UnsupportedCompression when this Node can't read or write it. */
export function requireSupported(compression: Compression, place: Place): void {
  if (compression === 'zstd' && zstd.zstdCompress === undefined) throw unsupportedZstd(place);
}

const extensions = { gzip: '.gz', zstd: '.zst', none: '' } as const;

export function compressionOfName(key: string): Compression {
  if (key.endsWith(extensions.gzip)) return 'gzip';
  return key.endsWith(extensions.zstd) ? 'zstd' : 'none';
}

/** A name without the extension of a compression. */
export function stemOf(key: string): string {
  return key.slice(0, key.length - extensions[compressionOfName(key)].length);
}

/** A key whose extension stays true when the compression changes: `.gz` or `.zst` is taken off, added or exchanged. */
export function renameForCompression(key: string, from: Compression, to: Compression): string {
  return from === to ? key : stemOf(key) + extensions[to];
}

const inputChunk = 64 * 1024;
const outputChunk = 256 * 1024;

/**
 * Decompresses a stream; several gzip members or zstd frames one after the other are one content.
 * @param source each of its pieces need only be right until the next is asked for.
 * @throws ApplicationFailure UnsupportedCompression (zstd before Node 22.15), CorruptInput (broken, cut off, or followed by
 *   something else; zero bytes at the end are padding, as for gzip itself). What `source` throws passes through.
 */
export async function* decompress(
  source: AsyncIterable<Buffer>,
  compression: Compression,
  place: Place,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* source;
    return;
  }
  const engine = decompressor(compression, place);
  const seen = { bytes: 0, upToLastNonZero: 0 };
  const kept = copied(source);
  const framed = compression === 'zstd' ? splitZstdFrames(kept) : kept;
  // In object mode, so that chunks arrive as they were cut.
  const input = Readable.from(observed(framed, seen), { highWaterMark: 2 });
  input.once('error', (error) => engine.destroy(error));
  try {
    yield* input.pipe(engine);
    input.unpipe(engine);
    for await (const rest of input) void rest;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw s3Failure('CorruptInput', place, `its ${compression} content is broken or cut off (${error.message})`, error);
  } finally {
    engine.destroy();
    input.destroy();
  }
  if (seen.upToLastNonZero > engine.bytesWritten) {
    throw s3Failure('CorruptInput', place, `${compression} content is followed by something else`);
  }
}

/** The engine works on one piece while the next is on its way; small ones, as some wait for it. */
async function* copied(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += inputChunk) yield Buffer.from(chunk.subarray(at, at + inputChunk));
  }
}

async function* observed(source: AsyncIterable<Buffer>, seen: { bytes: number; upToLastNonZero: number }) {
  for await (const chunk of source) {
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end--;
    if (end > 0) seen.upToLastNonZero = seen.bytes + end;
    seen.bytes += chunk.length;
    yield chunk;
  }
}

function decompressor(compression: 'gzip' | 'zstd', place: Place): Transform & { bytesWritten: number } {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: outputChunk });
  if (zstd.createZstdDecompress === undefined) throw unsupportedZstd(place);
  return zstd.createZstdDecompress({ chunkSize: outputChunk });
}

function isZlibError(error: unknown): error is Error {
  if (error instanceof RangeError) return true; // of splitZstdFrames
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
}

function unsupportedZstd(place: Place) {
  return s3Failure(
    'UnsupportedCompression',
    place,
    `zstd needs Node 22.15 or later; this worker runs on ${process.version}`,
  );
}

export type Compress = (data: Buffer) => Promise<Buffer>;

/** @throws ApplicationFailure UnsupportedCompression for zstd before Node 22.15. */
export function compressorOf(compression: Exclude<Compression, 'none'>, place: Place): Compress {
  if (compression === 'gzip') return promisify<Buffer, Buffer>(zlib.gzip);
  if (zstd.zstdCompress === undefined) throw unsupportedZstd(place);
  return promisify(zstd.zstdCompress);
}
