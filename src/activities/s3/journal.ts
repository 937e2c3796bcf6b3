import { z } from 'zod';
import { type IntentEntry, nonceMetadata, type PartEntry } from './journal-entries.js';
import { abandonUploads, readSmallObject } from './journal-objects.js';
import {
  type FinishedUpload,
  type OpenUpload,
  recoverUpload,
  type StoredPart,
  storedParts,
} from './journal-recovery.js';
import { type JournalContext, JournalStore, parseJson } from './journal-store.js';

/** What a listing of the journal's folder saw of it. */
export interface ListedJournal {
  readonly entries: readonly number[];
  /** S3's clock, of its first and of its latest entry. */
  readonly begunAt: Date;
  readonly changedAt: Date;
}

/**
 * What S3 holds about an output that is written in parts: one small object for each part, with the place in the source that
 * the part ends at. After a crash the next attempt goes on there. Marks are `M`: whatever the work needs to go on.
 */
export class Journal<M> {
  #listed: ListedJournal | undefined;
  #uploadId: string | undefined;
  #highest: number;
  readonly #store: JournalStore;

  constructor(
    private readonly context: JournalContext,
    /** Key prefix of the entries. */
    folder: string,
    private readonly targetKey: string,
    private readonly markSchema: z.ZodType<M>,
    listed: ListedJournal | undefined,
    private readonly onBegin: () => void = () => undefined,
  ) {
    this.#store = new JournalStore(context, folder);
    this.#listed = listed;
    this.#highest = Math.max(-1, ...(listed?.entries ?? []));
  }

  /** What an earlier attempt left that can be gone on with; anything else that it left is cleared away. */
  async recover(): Promise<OpenUpload<M> | FinishedUpload<M> | undefined> {
    if (this.#listed === undefined) return undefined;
    const { uploadId, upload } = await recoverUpload(this.#store, this.targetKey, this.markSchema, this.#highest);
    this.#uploadId = uploadId;
    if (upload === undefined) await this.discard();
    return upload;
  }

  /**
   * For an output whose parts are known before they are written: the upload that an earlier attempt left open, with whatever S3 has of it. An
   * upload without its first entry is cleared away.
   */
  async recoverParts(): Promise<{ uploadId: string; parts: ReadonlyMap<number, StoredPart> } | undefined> {
    if (this.#listed === undefined) return undefined;
    const [first] = await this.#store.readParts(Math.min(1, this.#highest), this.markSchema);
    const target = { bucket: this.context.bucket, key: this.targetKey };
    const parts = first === undefined ? undefined : await storedParts(this.context, target, first.uploadId);
    if (first === undefined || parts === undefined) {
      await this.discard();
      return undefined;
    }
    this.#uploadId = first.uploadId;
    return { uploadId: first.uploadId, parts };
  }

  /** Says that an upload will be opened; gives the metadata that it has to carry. */
  async begin(): Promise<Record<string, string>> {
    const intent: IntentEntry = {
      key: this.targetKey,
      nonce: globalThis.crypto.randomUUID(),
      ...(this.context.workflowId === undefined ? {} : { workflowId: this.context.workflowId }),
    };
    this.onBegin();
    await this.#write(0, intent);
    return { [nonceMetadata]: intent.nonce };
  }

  /** Says what part `number` is going to be. */
  async note(number: number, entry: PartEntry<M>): Promise<void> {
    this.#uploadId = entry.uploadId;
    await this.#write(number, entry);
  }

  /**
   * Tells the id of an upload that has no part yet.
   * @param askedAgain S3 was asked for it more than once: of an upload whose id got lost with S3's answer nothing else would ever be known.
   */
  async opened(uploadId: string, askedAgain: boolean): Promise<void> {
    this.#uploadId = uploadId;
    if (!askedAgain) return;
    const { s3, bucket } = this.context;
    const opened = { bucket, key: this.targetKey, since: await this.#store.writtenAt(0) };
    await abandonUploads(s3, { ...opened, uploadId: undefined, except: uploadId });
  }

  /** Nothing more is wanted of the upload: aborts it if it is open, and forgets it. Never throws. */
  async discard(): Promise<void> {
    if (this.#highest < 0) return;
    const { s3, bucket } = this.context;
    const uploadId = this.#uploadId ?? (await this.#uploadIdOfEntries());
    await abandonUploads(s3, { bucket, key: this.targetKey, uploadId, since: this.#listed?.begunAt });
    await this.forget();
  }

  /** Deletes the entries. Never throws: what stays is swept later. */
  async forget(): Promise<void> {
    await this.#store.delete(this.#highest);
    this.#listed = undefined;
    this.#uploadId = undefined;
    this.#highest = -1;
  }

  async #uploadIdOfEntries(): Promise<string | undefined> {
    const number = this.#listed?.entries.find((entry) => entry > 0);
    if (number === undefined) return undefined;
    const signal = AbortSignal.timeout(10_000);
    const text = await readSmallObject(this.context.s3, this.#store.placeOf(number), signal).catch(() => '');
    return parseJson(text, z.object({ uploadId: z.string() }))?.uploadId;
  }

  async #write(number: number, entry: object): Promise<void> {
    this.#highest = Math.max(this.#highest, number);
    await this.#store.write(number, entry);
  }
}
