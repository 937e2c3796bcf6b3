import { bodyLimits, tooLarge } from '../../domain/callback/body.js';
import { AlmanacError } from '../../domain/errors.js';
import type { CallbackOperation } from '../../domain/views.js';

/**
 * Reads the body of a callback, no further than its limit. No content type and no body at all stand for `{}`: the plain
 * `curl -X POST` of somebody who has nothing to say but "done".
 *
 * @throws AlmanacError `unsupported-media-type`, `too-large`
 */
export async function readCallbackBody(request: Request, operation: CallbackOperation): Promise<Uint8Array> {
  const type = request.headers.get('content-type');
  if (type !== null && !/^application\/(?:[^;\s]+\+)?json\s*(?:;|$)/i.test(type)) throw notJson();
  const limit = bodyLimits[operation];
  const length = request.headers.get('content-length');
  if (Number(length ?? 0) > limit) throw tooLarge(operation);
  // With a length the server reads no further than that; it is a fast way of Node's adapter, without streams.
  const bytes =
    length === null ? await readAtMost(request.body, limit, operation) : new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > limit) throw tooLarge(operation);
  if (type !== null) return bytes;
  if (bytes.byteLength > 0) throw notJson();
  return new TextEncoder().encode('{}');
}

async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  operation: CallbackOperation,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // A body without a length is cut off as soon as it is too long. Leaving the loop cancels the stream.
    if (size > limit) throw tooLarge(operation);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function notJson(): AlmanacError {
  return new AlmanacError('unsupported-media-type', 'the body is JSON: send it with Content-Type: application/json');
}
