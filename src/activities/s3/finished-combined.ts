import { createHash } from 'node:crypto';
import { z } from 'zod';
import { bareEtag } from './etag.js';
import type { Place } from './failures.js';
import { finishedFacts, finishedMetadata, headWithFingerprint } from './finished-output.js';
import { headIfAllowed } from './head-object.js';
import { fingerprintOf } from './journal-entries.js';
import { listObjects } from './list-objects.js';
import { readTags, writeTags } from './object-tags.js';
import type { TransformRecord, TransformRun } from './transform.js';

/** What a combined output says in tags: also what it was made of, and which manifest tells of it. */
const combinedFacts = finishedFacts.extend({
  'almanac-sources': z.string(),
  'almanac-manifest': z.string().optional(),
});

/** What a step that made a combined output gives out. */
interface CombinedTotals {
  objects: number;
  bytesIn: number;
  bytesOut: number;
  linesIn: number;
  linesOut: number;
}

/** Stands for all but the sources that decides the bytes of a combined output, and for its place. */
export function combinedFingerprint({ rulesFingerprint, step }: TransformRun): string {
  return fingerprintOf(rulesFingerprint, step.source, step.target);
}

/**
 * A combined output that is complete, and its manifest too, says so in tags, before its journal is deleted. An attempt that is
 * lost after that, before anybody heard of it, is then known to have done it all.
 */
export class FinishedCombined {
  readonly #sources = new SourcesDigest();
  #output: TransformRecord | undefined;

  constructor(
    private readonly run: TransformRun,
    private readonly target: Required<Place>,
  ) {}

  /** The totals, if output and manifest are there and made of the sources of now. These are listed and not read. */
  async find(): Promise<CombinedTotals | undefined> {
    const { s3, step, signal, progress } = this.run;
    const head = await headWithFingerprint(s3, this.target, combinedFingerprint(this.run), signal);
    if (head === undefined) return undefined;
    const { data: facts } = combinedFacts.safeParse(await readTags(s3, this.target, head.etag, signal));
    if (facts === undefined || !(await this.#isManifestThere(facts['almanac-manifest']))) return undefined;
    const sources = new SourcesDigest();
    for await (const page of listObjects(s3, step.source, signal)) {
      for (const { key, etag, size } of page) sources.add(key, etag, size);
    }
    if (sources.value() !== facts['almanac-sources']) return undefined;
    const { objects, bytes } = sources;
    progress.setTotal(bytes);
    progress.addResumed(bytes);
    progress.setObjects(objects, objects);
    return { objects, bytesIn: bytes, bytesOut: head.bytes, ...facts['almanac-lines'] };
  }

  /** Takes the lines of the manifest, of all sources in key order and of the output. */
  add(record: TransformRecord): void {
    if (record.key === undefined) this.#output = record;
    else this.#sources.add(record.key, record.sourceEtag ?? '', record.bytesIn);
  }

  /** To be called when all is complete, the manifest too. */
  async tag(manifestEtag: string | undefined): Promise<void> {
    if (this.#output === undefined) return;
    const { sha256 = '', targetEtag = '' } = this.#output;
    const tags = {
      ...finishedMetadata(this.#output, sha256),
      'almanac-etag': bareEtag(targetEtag),
      'almanac-sources': this.#sources.value(),
      ...(manifestEtag === undefined ? {} : { 'almanac-manifest': bareEtag(manifestEtag) }),
    };
    await writeTags(this.run.s3, this.target, tags, this.run.signal);
  }

  /** An ETag goes with the content: it is the manifest that was written then. */
  async #isManifestThere(etag: string | undefined): Promise<boolean> {
    const { s3, step, signal } = this.run;
    if (step.manifest === undefined) return true;
    const head = await headIfAllowed(s3, { bucket: this.target.bucket, key: step.manifest }, signal);
    return head?.ETag !== undefined && bareEtag(head.ETag) === etag;
  }
}

/** Stands for sources as they are at one time, in their order. */
class SourcesDigest {
  readonly #hash = createHash('sha256');
  objects = 0;
  bytes = 0;

  add(key: string, etag: string, size: number): void {
    this.#hash.update(`${JSON.stringify([key, etag, size])}\n`);
    this.objects += 1;
    this.bytes += size;
  }

  /** To be asked for once. */
  value(): string {
    return this.#hash.digest('hex');
  }
}
