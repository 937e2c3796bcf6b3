import { HeadObjectCommand, ListPartsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { callS3, isFailure, type Place } from './failures.js';
import { type IntentEntry, intentEntry, type PartEntry, partEntry } from './journal-entries.js';
import { abandonUploads, deleteKeys, readSmallObject } from './journal-objects.js';

/** Metadata key of the nonce of {@link IntentEntry}. */
export const nonceMetadata = 'almanac-upload';
const entriesReadAtOnce = 16;

/** A part that S3 has. */
export interface StoredPart {
  PartNumber: number;
  ETag: string;
  Size: number;
}

/** An upload that an earlier attempt left open, up to the last part that can be gone on from. */
export interface OpenUpload<M> {
  readonly state: 'open';
  readonly uploadId: string;
  readonly parts: readonly StoredPart[];
  readonly bytes: number;
  /** One for each part. */
  readonly marks: readonly M[];
}

/** An output that an earlier attempt finished, but did not live to tell about. */
export interface FinishedUpload<M> {
  readonly state: 'finished';
  readonly etag: string;
  readonly bytes: number;
  readonly sha256: string | undefined;
  readonly marks: readonly M[];
}

/** What a listing of the journal's folder saw of it. */
export interface ListedJournal {
  readonly entries: readonly number[];
  /** S3's clock, of its first and of its latest entry. */
  readonly begunAt: Date;
  readonly changedAt: Date;
}

export interface JournalContext {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  readonly workflowId: string | undefined;
}

/**
 * What S3 holds about an output that is written in parts: one small object for each part, with the place in the source that
 * the part ends at. After a crash the next attempt goes on there. Marks are `M`: whatever the work needs to go on.
 */
export class Journal<M> {
  #listed: ListedJournal | undefined;
  #uploadId: string | undefined;
  #highest: number;

  constructor(
    private readonly context: JournalContext,
    /** Key prefix of the entries. */
    readonly folder: string,
    private readonly targetKey: string,
    private readonly markSchema: z.ZodType<M>,
    listed: ListedJournal | undefined,
    private readonly onBegin: () => void = () => undefined,
  ) {
    this.#listed = listed;
    this.#highest = Math.max(-1, ...(listed?.entries ?? []));
  }

  /** What an earlier attempt left that can be gone on with; anything else that it left is cleared away. */
  async recover(): Promise<OpenUpload<M> | FinishedUpload<M> | undefined> {
    if (this.#listed === undefined) return undefined;
    const intent = await this.#read(0, intentEntry);
    const entries = intent === undefined ? [] : await this.#readParts();
    const last = entries.at(-1);
    const recovered =
      intent === undefined || last === undefined
        ? undefined
        : ((await this.#finished(intent, entries)) ?? (await this.#open(last.uploadId, entries)));
    this.#uploadId = last?.uploadId;
    if (recovered === undefined) await this.discard();
    return recovered;
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
    const intent = { bucket, key: this.#key(0) };
    const head = await this.#call(intent, (abortSignal) =>
      s3.send(new HeadObjectCommand({ Bucket: bucket, Key: intent.key }), { abortSignal }),
    );
    const opened = { bucket, key: this.targetKey, since: head?.LastModified };
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
    const numbers = Array.from({ length: this.#highest + 1 }, (_, number) => number);
    await deleteKeys(
      this.context.s3,
      this.context.bucket,
      numbers.map((number) => this.#key(number)),
    );
    this.#listed = undefined;
    this.#uploadId = undefined;
    this.#highest = -1;
  }

  async #uploadIdOfEntries(): Promise<string | undefined> {
    const number = this.#listed?.entries.find((entry) => entry > 0);
    if (number === undefined) return undefined;
    const place = { bucket: this.context.bucket, key: this.#key(number) };
    const text = await readSmallObject(this.context.s3, place, AbortSignal.timeout(10_000)).catch(() => '');
    return parseJson(text, z.object({ uploadId: z.string() }))?.uploadId;
  }

  /** The entries from 1 on, up to the first that is missing. */
  async #readParts(): Promise<PartEntry<M>[]> {
    const entries: PartEntry<M>[] = [];
    while (entries.length < this.#highest) {
      const count = Math.min(entriesReadAtOnce, this.#highest - entries.length);
      const numbers = Array.from({ length: count }, (_, index) => entries.length + index + 1);
      const read = await Promise.all(numbers.map((number) => this.#read(number, partEntry(this.markSchema))));
      for (const entry of read) {
        if (entry === undefined) return entries;
        entries.push(entry);
      }
    }
    return entries;
  }

  async #finished(intent: IntentEntry, entries: PartEntry<M>[]): Promise<FinishedUpload<M> | undefined> {
    const target = { bucket: this.context.bucket, key: this.targetKey };
    const head = await this.#call(target, (abortSignal) =>
      this.context.s3.send(new HeadObjectCommand({ Bucket: target.bucket, Key: target.key }), { abortSignal }),
    );
    const last = entries.at(-1);
    if (last === undefined || head?.Metadata?.[nonceMetadata] !== intent.nonce) return undefined;
    if (head.ContentLength !== last.bytes) return undefined;
    const marks = entries.map(({ mark }) => mark);
    return { state: 'finished', etag: head.ETag ?? '', bytes: last.bytes, sha256: last.sha256, marks };
  }

  /** Parts without an entry, or of another size than it says, are not counted: they are written over. */
  async #open(uploadId: string, entries: PartEntry<M>[]): Promise<OpenUpload<M> | undefined> {
    const stored = await this.#storedParts(uploadId);
    const parts: StoredPart[] = [];
    for (const [index, entry] of entries.entries()) {
      const part = stored?.get(index + 1);
      if (part === undefined || part.Size !== entry.size || entry.uploadId !== uploadId) break;
      parts.push(part);
    }
    const last = entries[parts.length - 1];
    if (last === undefined) return undefined;
    return {
      state: 'open',
      uploadId,
      parts,
      bytes: last.bytes,
      marks: entries.slice(0, parts.length).map((e) => e.mark),
    };
  }

  /** Undefined when there is no such upload any more. */
  async #storedParts(UploadId: string): Promise<Map<number, StoredPart> | undefined> {
    const { s3, bucket } = this.context;
    const parts = new Map<number, StoredPart>();
    let after: string | undefined;
    do {
      const request = new ListPartsCommand({ Bucket: bucket, Key: this.targetKey, UploadId, PartNumberMarker: after });
      const page = await this.#call({ bucket, key: this.targetKey }, (abortSignal) =>
        s3.send(request, { abortSignal }),
      );
      if (page === undefined) return undefined;
      for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? [])
        parts.set(PartNumber, { PartNumber, ETag, Size });
      after = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (after !== undefined);
    return parts;
  }

  #key(number: number): string {
    return this.folder + String(number).padStart(5, '0');
  }

  async #write(number: number, entry: object): Promise<void> {
    this.#highest = Math.max(this.#highest, number);
    const place = { bucket: this.context.bucket, key: this.#key(number) };
    const Body = Buffer.from(JSON.stringify(entry));
    await callS3(place, this.context.signal, () =>
      this.context.s3.send(new PutObjectCommand({ Bucket: place.bucket, Key: place.key, Body }), {
        abortSignal: this.context.signal,
      }),
    );
  }

  /** Undefined when it is not there or not of this form: as good as never written. */
  async #read<T>(number: number, schema: z.ZodType<T>): Promise<T | undefined> {
    const place = { bucket: this.context.bucket, key: this.#key(number) };
    const text = await this.#call(place, (signal) => readSmallObject(this.context.s3, place, signal));
    return text === undefined ? undefined : parseJson(text, schema);
  }

  /** Undefined for what is not there. */
  async #call<T>(place: Required<Place>, call: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await callS3(place, this.context.signal, () => call(this.context.signal));
    } catch (error) {
      if (isFailure(error, 'NoSuchKey') || isFailure(error, 'NoSuchUpload')) return undefined;
      throw error;
    }
  }
}

export function parseJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
