import type { S3Client } from '@aws-sdk/client-s3';
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { StepWith } from '../../domain/steps/registry.js';
import { type CopyRecord, isCopyOf } from './copy-object.js';
import type { Place } from './failures.js';
import { headIfAllowed } from './head-object.js';
import { fingerprintOf, intentEntry, journalFolder, journalName } from './journal-entries.js';
import { JournalStore } from './journal-store.js';
import type { SourceObject } from './list-objects.js';

/** As an entry 0 it is swept with the journals when nobody comes back for it. */
const listEntry = intentEntry.extend({
  sources: z.array(z.object({ key: z.string(), size: z.int().nonnegative(), etag: z.string() })),
});
/** S3 tells times in whole seconds. */
const s3TimesMs = 1000;
type Known = z.output<typeof listEntry>['sources'][number];

/**
 * The sources of a move by single keys as they were before the first was deleted, kept beside the target until the step is over.
 * The next attempt so tells an object that was moved from one that never was there. (Of a prefix, it lists what is left.)
 */
export class MoveList {
  readonly #store: JournalStore;
  #known = new Map<string, Known>();
  /** By S3's clock; by Temporal's when the list is gone. */
  #begunAt: Date | undefined;
  /** An earlier attempt has moved everything. */
  #isOver = false;

  constructor(
    private readonly s3: S3Client,
    { target, tolerate }: StepWith<'s3.copy'>,
    private readonly signal: AbortSignal,
    private readonly isTolerant = tolerate !== undefined,
  ) {
    const { activityId, workflowExecution } = Context.current().info;
    const id = fingerprintOf(workflowExecution?.workflowId, workflowExecution?.runId, activityId);
    const folder = `${journalFolder(target)}${journalName(`${target.prefix}\nmoves`, id)}/`;
    this.#store = new JournalStore({ s3, bucket: target.bucket, signal, workflowId: undefined }, folder);
  }

  /**
   * Passes the sources on, once they are on record.
   * @throws ApplicationFailure NoSuchKey for one that is not there and was not when the step began, unless that is tolerated.
   */
  async *record(pages: AsyncIterable<SourceObject[]>): AsyncGenerator<SourceObject[]> {
    const { attempt, scheduledTimestampMs } = Context.current().info;
    const all: SourceObject[] = [];
    for await (const page of pages) all.push(...page);
    const missing = all.filter((object) => object.missing !== undefined);
    // What an earlier attempt recorded stays: it is from before anything was deleted.
    const earlier = missing.length === 0 ? undefined : await this.#store.read(0, listEntry);
    if (earlier === undefined) await this.#write(all);
    else this.#known = new Map(earlier.sources.map((source) => [source.key, source]));
    if (earlier !== undefined) {
      this.#begunAt = await this.#store.writtenAt(0);
    } else if (missing.length === all.length && attempt > 1) {
      // The list is gone once all is moved, a moment before Temporal hears of it.
      this.#begunAt = new Date(Math.floor(scheduledTimestampMs / s3TimesMs) * s3TimesMs);
      this.#isOver = true;
    }
    const unknown = this.isTolerant || this.#isOver ? undefined : missing.find(({ key }) => !this.#known.has(key));
    if (unknown !== undefined) throw unknown.missing;
    yield all;
  }

  /** The record of an object whose source is gone because an earlier attempt moved it to `target`. */
  async findMoved({ key }: SourceObject, target: Required<Place>): Promise<CopyRecord | undefined> {
    const known = this.#known.get(key);
    if (known === undefined && !this.#isOver) return undefined;
    const head = await headIfAllowed(this.s3, target, this.signal);
    if (head === undefined || (known !== undefined && head.ContentLength !== known.size)) return undefined;
    // An ETag alone does not tell: that of an object in parts is another after its copy.
    const isOfThisStep = this.#begunAt !== undefined && Number(head.LastModified) >= Number(this.#begunAt);
    if (!isOfThisStep && (known === undefined || !isCopyOf(head, known))) return undefined;
    const { ETag: targetEtag = '', ContentLength: bytes = 0 } = head;
    return {
      key,
      targetKey: target.key,
      action: isOfThisStep ? 'copied' : 'skipped',
      moved: true,
      bytes,
      sourceEtag: known?.etag ?? targetEtag,
      targetEtag,
    };
  }

  /** The step is over. Never throws. */
  forget(): Promise<void> {
    return this.#store.delete(0);
  }

  async #write(objects: readonly SourceObject[]): Promise<void> {
    const sources = objects.flatMap(({ key, size, etag, missing }) =>
      missing === undefined ? [{ key, size, etag }] : [],
    );
    if (sources.length === 0) return;
    const { key } = this.#store.placeOf(0);
    await this.#store.write(0, { key, nonce: globalThis.crypto.randomUUID(), sources });
  }
}
