import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { callS3 } from './failures.js';
import { type IntentEntry, journalFolder, journalName } from './journal-entries.js';
import { deleteKeys, readSmallObject } from './journal-objects.js';
import { type JournalContext, parseJson, unlessGone } from './journal-store.js';
import { compareKeys } from './key-order.js';
import type { SourceObject } from './list-objects.js';

/** A page is written when this much text waits, … */
const longestText = 1024 * 1024;
/** … or once so long nothing was written: at least two seconds, and a hundredth of the time so far, so that pages stay few. */
const shortestPauseMs = 2000;
const pauseShare = 0.01;
/** Time for the last page of an attempt that ends. */
const closingMs = 5000;

/** What is known of an object that was worked through. */
export interface ObjectRecord {
  key: string;
  bytes: number;
  etag: string;
}

/**
 * Records of the objects that are done, kept beside the target until the step is over, so that the next attempt need not do
 * them again. They come in pages, each one object of S3 with a line a record, as they are finished: near to key order, but for
 * what goes on at once.
 */
export class RecordPages<R extends ObjectRecord> {
  readonly #ahead = new Map<string, R>();
  #highest: number;
  #text = '';
  #writing = Promise.resolve();
  readonly #startedAt = performance.now();
  #writtenAt = this.#startedAt;

  private constructor(
    private readonly context: JournalContext,
    private readonly targetKey: string,
    private readonly folder: string,
    private readonly schema: z.ZodType<R>,
    /** Numbers of the pages that are there and were not read yet. */
    private readonly unread: number[],
    private readonly outOfOrder: number,
  ) {
    this.#highest = unread.at(-1) ?? 0;
  }

  /**
   * @param fingerprint stands for all but the object that decides its record.
   * @param outOfOrder by how many objects a record may come too early or too late.
   */
  static async open<R extends ObjectRecord>(
    context: JournalContext,
    targetKey: string,
    fingerprint: string,
    schema: z.ZodType<R>,
    outOfOrder: number,
  ): Promise<RecordPages<R>> {
    // Not the name of a journal of the target itself, of which there is only one at a time.
    const folder = `${journalFolder({ key: targetKey })}${journalName(`${targetKey}\nrecords`, fingerprint)}/`;
    const numbers = await listNumbers(context, folder);
    const pages = numbers.filter((number) => number > 0);
    return new RecordPages(context, targetKey, folder, schema, pages, outOfOrder);
  }

  /** No record is left to be found: nothing was done before, or all of it was asked for. */
  get isEmpty(): boolean {
    return this.unread.length === 0 && this.#ahead.size === 0;
  }

  /** The record of an object that was done as it is now; to be asked for in key order. */
  async find({ key, size, etag }: SourceObject): Promise<R | undefined> {
    if (!this.#ahead.has(key)) await this.#readOn(key);
    const record = this.#ahead.get(key);
    this.#ahead.delete(key);
    return record?.etag === etag && record.bytes === size ? record : undefined;
  }

  /** Takes the record of an object that is done now. */
  add(record: R): void {
    this.#text += `${JSON.stringify(record)}\n`;
    const now = performance.now();
    const pause = Math.max(shortestPauseMs, (now - this.#startedAt) * pauseShare);
    if (this.#text.length < longestText && now - this.#writtenAt < pause) return;
    this.#writtenAt = now;
    this.#writePage(this.context.signal);
  }

  /** The attempt is over, and another one will go on: leaves it all that is done. Never throws. */
  async leave(): Promise<void> {
    if (this.#text !== '') this.#writePage(AbortSignal.timeout(closingMs));
    await this.#writing;
  }

  /** Nobody will go on with this. Never throws. */
  async forget(): Promise<void> {
    this.#text = '';
    await this.#writing;
    const keys = Array.from({ length: this.#highest + 1 }, (_, number) => this.#keyOf(number));
    if (this.#highest > 0) await deleteKeys(this.context.s3, this.context.bucket, keys);
  }

  /** Reads pages until what may be said of `key` was read, and lets go what is only of keys before it. */
  async #readOn(key: string): Promise<void> {
    if (this.isEmpty) return;
    for (const earlier of this.#ahead.keys()) if (compareKeys(earlier, key) < 0) this.#ahead.delete(earlier);
    while (this.#ahead.size <= this.outOfOrder) {
      const number = this.unread.shift();
      if (number === undefined) return;
      for (const record of await this.#readPage(number)) {
        if (compareKeys(record.key, key) >= 0) this.#ahead.set(record.key, record);
      }
    }
  }

  async #readPage(number: number): Promise<R[]> {
    const { s3, bucket, signal } = this.context;
    const place = { bucket, key: this.#keyOf(number) };
    const text = (await unlessGone(place, signal, () => readSmallObject(s3, place, signal))) ?? '';
    return text.split('\n').flatMap((line) => parseJson(line, this.schema) ?? []);
  }

  /** One after the other. A page that can't be written is no loss but of time: S3 has other ways to fail the step. */
  #writePage(signal: AbortSignal): void {
    const body = Buffer.from(this.#text);
    this.#text = '';
    this.#writing = this.#writing
      .then(async () => {
        if (this.#highest === 0) await this.#put(0, Buffer.from(JSON.stringify(this.#intent())), signal);
        this.#highest += 1;
        await this.#put(this.#highest, body, signal);
      })
      .catch(() => undefined);
  }

  /** Says whose pages these are: the end of another run with the same target leaves them alone. */
  #intent(): IntentEntry {
    const { workflowId } = this.context;
    const nonce = globalThis.crypto.randomUUID();
    return { key: this.targetKey, nonce, ...(workflowId === undefined ? {} : { workflowId }) };
  }

  async #put(number: number, Body: Buffer, signal: AbortSignal): Promise<void> {
    const { s3, bucket } = this.context;
    const place = { bucket, key: this.#keyOf(number) };
    const request = new PutObjectCommand({ Bucket: bucket, Key: place.key, Body });
    await callS3(place, signal, () => s3.send(request, { abortSignal: signal }));
  }

  #keyOf(number: number): string {
    return this.folder + String(number).padStart(5, '0');
  }
}

/** In order. */
async function listNumbers({ s3, bucket, signal }: JournalContext, folder: string): Promise<number[]> {
  const numbers: number[] = [];
  let token: string | undefined;
  do {
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, ContinuationToken: token });
    const page = await callS3({ bucket }, signal, () => s3.send(request, { abortSignal: signal }));
    numbers.push(...(page.Contents ?? []).map(({ Key = '' }) => Number(Key.slice(folder.length))));
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return numbers.filter(Number.isInteger).sort((a, b) => a - b);
}
