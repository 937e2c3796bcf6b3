import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { bodyTooLarge, connectionFailed, unknownEncoding } from './failures.js';

type Target = { method: string; host: string };

const decoders: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Reads a body of at most `limit` bytes; some servers compress without being asked, so the limit holds after that too. */
export async function readBody(
  response: { body: Readable; headers: IncomingHttpHeaders },
  limit: number,
  target: Target,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) throw bodyTooLarge(target, limit);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || body.length === 0) return body;
  const decode = decoders[encoding];
  if (decode === undefined) throw unknownEncoding(target, encoding);
  try {
    return decode(body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(target, limit);
    throw connectionFailed(target, `the body is not valid ${encoding}`);
  }
}

/** Bytes of an answer that nobody reads, taken in all the same so that the other side can end it in peace. */
export const discardedBytes = 64 * 1024;

/** Takes in the body for a moment and forgets it. Never throws: the answer has been given by its status. */
export async function discard(body: Readable): Promise<void> {
  const enough = setTimeout(() => body.destroy(), 1_000);
  try {
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > discardedBytes) break;
    }
  } catch {
    // Cut off or not ended in time.
  } finally {
    clearTimeout(enough);
  }
}

/** JSON where the answer says that it is JSON and is, else text. */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  const text = decodeText(body, contentType);
  if (!/^application\/(?:[^;\s]+\+)?json\b/i.test(contentType ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function decodeText(body: Buffer, contentType: string | undefined): string {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return body.toString('utf8');
  }
}
