import { combinedMark, matchEarlier, recordedBytes } from './combined-mark.js';
import { CombinedOutput } from './combined-output.js';
import { compressionOfName } from './compression.js';
import { filterInto, type InspectedSource, inspectSource } from './filter-object.js';
import { combinedFingerprint } from './finished-combined.js';
import { fingerprintMetadata } from './finished-output.js';
import { fingerprintOf } from './journal-entries.js';
import { startOfContent } from './line-filter.js';
import type { SourceObject } from './list-objects.js';
import { sha256OfObject } from './source-reader.js';
import type { TransformRecord, TransformRun } from './transform.js';

type Target = { bucket: string; key: string };

/**
 * All sources one after the other as one object, in key order. A source that does not end with a line break gets one before
 * the next begins. With compression `same` the target's extension decides, and without one the first source.
 * A source that is empty, or that is left without a line, adds nothing; without any source there is no object.
 */
export async function* combineObjects(
  run: TransformRun,
  pages: AsyncIterable<SourceObject[]>,
  target: Target,
): AsyncGenerator<TransformRecord[]> {
  const { s3, rules, progress, signal } = run;
  const journal = await run.journals.of(target.key, fingerprintOf(run.rulesFingerprint, run.step.source), combinedMark);
  const { earlier, records, rest } = await matchEarlier(await journal.recover(), eachOf(pages));
  if (earlier === undefined) await journal.discard();
  const total = { bytesIn: 0, linesIn: 0, linesOut: 0 };
  const counted = (record: Omit<TransformRecord, 'targetKey'>): TransformRecord => {
    total.bytesIn += record.bytesIn;
    total.linesIn += record.linesIn;
    total.linesOut += record.linesOut;
    return { ...record, targetKey: target.key };
  };
  progress.addResumed(recordedBytes(records));
  if (records.length > 0) yield records.map(counted);
  if (earlier?.state === 'finished') {
    const { bytes, etag, sha256 } = earlier;
    const hash = sha256 ?? (await sha256OfObject(s3, { ...target, size: bytes, etag }, signal));
    yield [{ targetKey: target.key, ...total, bytesOut: bytes, sha256: hash, targetEtag: etag }];
    return;
  }
  let last = earlier?.marks.at(-1);
  const lease = run.memory.lease(signal);
  const context = { s3, signal, lease };
  let output: CombinedOutput | undefined;
  try {
    output = last && new CombinedOutput(context, target, {}, last.compression, journal, earlier);
    for await (const object of rest) {
      const source = await inspectSource(s3, object, signal, progress);
      output ??= openOutput(source);
      const start = output.beginSource(object, last);
      last = undefined;
      const { linesIn, linesOut } = await filterInto(source, rules, output, start ?? startOfContent, lease);
      const record = { key: object.key, bytesIn: object.size, linesIn, linesOut, sourceEtag: object.etag };
      output.endSource(record);
      yield [counted(record)];
    }
    if (output === undefined) return;
    const written = await output.complete();
    const { bytes, sha256, etag } = written;
    yield [{ targetKey: target.key, ...total, bytesOut: bytes, sha256, targetEtag: etag }];
  } finally {
    await output?.settle();
    lease.end();
  }

  function openOutput(first: InspectedSource) {
    const wanted = run.step.compression ?? 'same';
    const named = compressionOfName(target.key);
    const same = named === 'none' ? first.compression : named;
    const compression = wanted === 'same' ? same : wanted;
    const metadata = { [fingerprintMetadata]: combinedFingerprint(run) };
    return new CombinedOutput(
      context,
      target,
      { contentType: first.contentType, metadata },
      compression,
      journal,
      undefined,
    );
  }
}

async function* eachOf(pages: AsyncIterable<SourceObject[]>): AsyncGenerator<SourceObject> {
  for await (const page of pages) yield* page;
}
