import { mayBeTriedAgain } from '../heartbeat.js';
import { BlockCompressor } from './block-compressor.js';
import { type Compression, compressionOfName, renameForCompression } from './compression.js';
import { bareEtag } from './etag.js';
import { filterInto, filterPosition, type InspectedSource, inspectSource } from './filter-object.js';
import { findFinished, fingerprintMetadata, finishedMetadata, tagFinished } from './finished-output.js';
import type { Journal } from './journal.js';
import { fingerprintOf } from './journal-entries.js';
import type { FinishedUpload, OpenUpload } from './journal-recovery.js';
import { type FilterPosition, startOfContent } from './line-filter.js';
import type { SourceObject } from './list-objects.js';
import { mapOrdered } from './map-ordered.js';
import { ObjectWriter } from './object-writer.js';
import { sha256OfObject } from './source-reader.js';
import type { FailedRecord } from './tolerance.js';
import type { TransformRecord, TransformRun } from './transform.js';
import type { WrittenObject } from './written-object.js';

const MiB = 1024 * 1024;

/** Bytes from which on objects are all the same: they are streamed, so a longer one takes more time and not more memory. */
const largest = 23 * MiB;

/**
 * Many small objects at once, two large ones and small ones beside them: memory stays the same, and so does the load on S3. What
 * a large one leaves has room for any other, so one that is slow holds nobody until the window is full. Its results are short: ten
 * thousand take some 10 MB.
 */
export const bySize = {
  items: 16,
  capacity: 64 * MiB,
  weight: ({ size }: SourceObject) => Math.min(size, largest) + MiB,
  window: 10_000,
};

/** One output for each source; the records come in key order. */
export function transformEach(
  run: TransformRun,
  pages: AsyncIterable<SourceObject[]>,
): AsyncGenerator<(TransformRecord | FailedRecord)[]> {
  return mapOrdered(run.targets.watch(pages), bySize, run.signal, (object, signal) =>
    transformOne(run, object, signal).catch((error: unknown) => run.tolerance.recordOf(object.key, error, signal)),
  );
}

/** Takes over what an earlier attempt finished, goes on with what it began, or begins. */
async function transformOne(run: TransformRun, object: SourceObject, signal: AbortSignal): Promise<TransformRecord> {
  const { s3, step, targets, progress } = run;
  if (object.missing !== undefined) throw object.missing;
  const wanted = step.compression ?? 'same';
  const renamed = (from: Compression) => (key: string) =>
    renameForCompression(key, from, wanted === 'same' ? from : wanted);
  const fingerprint = fingerprintOf(run.rulesFingerprint, object.bucket, object.key, object.etag, object.size);
  if (run.reuse) {
    // By what the name says, which is mostly what the content is; where it is not, a finished output is written again.
    const key = renamed(compressionOfName(object.key))(targets.plainKeyFor(object));
    const finished = await findFinished(s3, { bucket: step.target.bucket, key }, fingerprint, signal);
    if (finished !== undefined) {
      targets.keyFor(object, () => key);
      progress.addResumed(object.size);
      return recordOf(object, key, finished.lines, finished);
    }
  }
  const source = await inspectSource(s3, object, signal, progress);
  try {
    const targetKey = targets.keyFor(object, renamed(source.compression));
    const compression = wanted === 'same' ? source.compression : wanted;
    const journal = await run.journals.of(targetKey, fingerprint, filterPosition);
    const earlier = await journal.recover();
    if (earlier?.state === 'finished') {
      progress.addResumed(object.size);
      const place = { bucket: step.target.bucket, key: targetKey };
      return recordOf(object, targetKey, ...(await takeOver(run, place, earlier, signal)));
    }
    const output = { targetKey, compression, fingerprint, journal, earlier };
    return recordOf(object, targetKey, ...(await writeOutput(run, source, output, signal)));
  } finally {
    await source.close();
  }
}

interface Output {
  targetKey: string;
  compression: Compression;
  fingerprint: string;
  journal: Journal<FilterPosition>;
  earlier: OpenUpload<FilterPosition> | undefined;
}

async function writeOutput(
  { s3, step, rules, memory }: TransformRun,
  source: InspectedSource,
  { targetKey, compression, fingerprint, journal, earlier }: Output,
  signal: AbortSignal,
): Promise<[FilterPosition, WrittenObject]> {
  const place = { bucket: step.target.bucket, key: targetKey };
  const headers = {
    contentType: source.contentType,
    // What an HTTP client undoes by itself stays said as long as it stays true.
    contentEncoding: compression === source.compression ? source.contentEncoding : undefined,
    metadata: { 'almanac-source-etag': bareEtag(source.object.etag), [fingerprintMetadata]: fingerprint },
  };
  const start = earlier?.marks.at(-1) ?? startOfContent;
  const lease = memory.lease(signal);
  const writer = new ObjectWriter({ s3, signal, lease }, place, headers, journal, () => start, earlier);
  try {
    const resumed = earlier !== undefined;
    const compressor = compression === 'none' ? undefined : new BlockCompressor(writer, compression, place, resumed);
    const end = await filterInto(source, rules, compressor ?? writer, start, lease);
    await compressor?.end();
    const written = await writer.complete(({ sha256 }) => finishedMetadata(end, sha256));
    if (writer.inParts) await tagFinished(s3, place, end, written, signal);
    return [end, written];
  } catch (error) {
    await writer.settle();
    if (!signal.aborted && !mayBeTriedAgain(error)) await journal.discard();
    throw error;
  } finally {
    await writer.settle();
    lease.end();
  }
}

async function takeOver(
  { s3 }: TransformRun,
  place: { bucket: string; key: string },
  { etag, bytes, marks, sha256 }: FinishedUpload<FilterPosition>,
  signal: AbortSignal,
): Promise<[FilterPosition, WrittenObject]> {
  const hash = sha256 ?? (await sha256OfObject(s3, { ...place, size: bytes, etag }, signal));
  const end = marks.at(-1) ?? startOfContent;
  await tagFinished(s3, place, end, { etag, bytes, sha256: hash }, signal);
  return [end, { etag, bytes, sha256: hash }];
}

function recordOf(
  object: SourceObject,
  targetKey: string,
  { linesIn, linesOut }: { linesIn: number; linesOut: number },
  { bytes, sha256, etag }: WrittenObject,
): TransformRecord {
  return {
    key: object.key,
    targetKey,
    bytesIn: object.size,
    bytesOut: bytes,
    linesIn,
    linesOut,
    sha256,
    sourceEtag: object.etag,
    targetEtag: etag,
  };
}
