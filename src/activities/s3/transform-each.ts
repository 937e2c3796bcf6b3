import { BlockCompressor, renameForCompression } from './compression.js';
import { filterInto, inspectSource } from './filter-object.js';
import type { SourceObject } from './list-objects.js';
import { mapOrdered } from './map-ordered.js';
import { ObjectWriter } from './multipart-writer.js';
import type { TransformRecord, TransformRun } from './transform.js';

const MiB = 1024 * 1024;

/** Many small objects at once, one large one alone: memory stays the same, and so does the load on S3. */
export const bySize = {
  items: 16,
  capacity: 64 * MiB,
  weight: ({ size }: SourceObject) => size + MiB,
  window: 1000,
};

/** One output for each source; the records come in key order. */
export function transformEach(
  run: TransformRun,
  objects: AsyncIterable<SourceObject>,
): AsyncGenerator<TransformRecord> {
  return mapOrdered(objects, bySize, run.signal, (object, signal) => transformOne(run, object, signal));
}

async function transformOne(run: TransformRun, object: SourceObject, signal: AbortSignal): Promise<TransformRecord> {
  const { s3, step, targets, progress, rules } = run;
  const source = await inspectSource(s3, object, signal, (bytes) => progress.add(bytes));
  const compression =
    step.compression === undefined || step.compression === 'same' ? source.compression : step.compression;
  const targetKey = targets.keyFor(object, (key) => renameForCompression(key, source.compression, compression));
  const place = { bucket: step.target.bucket, key: targetKey };
  const headers = {
    contentType: source.contentType,
    // What an HTTP client undoes by itself stays said as long as it stays true.
    contentEncoding: compression === source.compression ? source.contentEncoding : undefined,
    metadata: { 'almanac-source-etag': object.etag.replaceAll('"', '') },
  };
  const writer = new ObjectWriter(s3, place, headers, signal);
  try {
    const compressor = compression === 'none' ? undefined : new BlockCompressor(writer, compression, place);
    const lines = await filterInto(source, rules, compressor ?? writer);
    await compressor?.end();
    const written = await writer.complete();
    return {
      key: object.key,
      targetKey,
      bytesIn: object.size,
      bytesOut: written.bytes,
      ...lines,
      sha256: written.sha256,
      sourceEtag: object.etag,
      targetEtag: written.etag,
    };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    await source.body.return(undefined);
  }
}
