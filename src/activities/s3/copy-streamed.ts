import { z } from 'zod';
import type { CopyContext } from './copy-in-parts.js';
import type { Place } from './failures.js';
import { fingerprintOf } from './journal-entries.js';
import type { SourceObject } from './list-objects.js';
import { tagsForCopy } from './object-tags.js';
import { ObjectWriter } from './object-writer.js';
import { sourceHeaders } from './source-headers.js';
import { openSource } from './source-reader.js';

/** Stands for a copy by way of the worker. */
function fingerprintFor({ bucket, key, etag, size }: SourceObject): string {
  return fingerprintOf('copy streamed', { bucket, key, etag, size });
}

/** An earlier attempt has begun to write this copy, so it knew that the server does not make it. */
export function hasBegunStreaming({ journals }: CopyContext, object: SourceObject, target: Required<Place>): boolean {
  return journals.has(target.key, fingerprintFor(object));
}

/**
 * Copies an object by way of the worker: for S3 servers that have no requests to copy. Gives the ETag of the copy. An attempt that was
 * lost in the middle is gone on with after its last part.
 * @throws ApplicationFailure SourceChanged, NoSuchKey, NoSuchBucket, AccessDenied, ReadFailed.
 */
export async function copyStreamed(
  { s3, signal, progress, journals, memory }: CopyContext,
  object: SourceObject,
  target: Required<Place>,
): Promise<string> {
  const journal = await journals.of(target.key, fingerprintFor(object), z.null());
  const earlier = await journal.recover();
  if (earlier?.state === 'finished') {
    progress.addResumed(object.size);
    return earlier.etag;
  }
  const { ContentType, ContentEncoding, Metadata, ...more } = await sourceHeaders(s3, object, signal);
  const Tagging = await tagsForCopy(s3, object, signal);
  const headers = { contentType: ContentType, contentEncoding: ContentEncoding, metadata: Metadata };
  const lease = memory.lease(signal);
  const writer = new ObjectWriter(
    { s3, signal, lease },
    target,
    { ...headers, more: { ...more, Tagging } },
    journal,
    () => null,
    earlier,
  );
  try {
    // Bounds how many are read at once.
    await lease.begin();
    const from = earlier?.bytes ?? 0;
    progress.addResumed(from);
    if (from < object.size || object.size === 0) {
      const { body } = await openSource(s3, object, signal, (bytes) => progress.add(bytes), from);
      for await (const chunk of body) await writer.write(chunk);
    }
    return (await writer.complete()).etag;
  } finally {
    await writer.settle();
    lease.end();
  }
}
