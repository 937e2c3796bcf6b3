import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { callS3, isFailure, type Place } from './failures.js';
import { type PartEntry, partEntry } from './journal-entries.js';
import { deleteKeys, readSmallObject } from './journal-objects.js';

const entriesReadAtOnce = 16;

/** Where journals lie, and for whom. */
export interface JournalContext {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  readonly workflowId: string | undefined;
}

/** The entries of one journal: small JSON objects with numbers for names. */
export class JournalStore {
  constructor(
    readonly context: JournalContext,
    /** Key prefix of the entries. */
    readonly folder: string,
  ) {}

  placeOf(number: number): Required<Place> {
    return { bucket: this.context.bucket, key: this.folder + String(number).padStart(5, '0') };
  }

  async write(number: number, entry: object): Promise<void> {
    const { s3, signal } = this.context;
    const { bucket: Bucket, key: Key } = this.placeOf(number);
    const request = new PutObjectCommand({ Bucket, Key, Body: Buffer.from(JSON.stringify(entry)) });
    await callS3(this.placeOf(number), signal, () => s3.send(request, { abortSignal: signal }));
  }

  /** Undefined when it is not there or not of this form: as good as never written. */
  async read<T>(number: number, schema: z.ZodType<T>): Promise<T | undefined> {
    const place = this.placeOf(number);
    const text = await unlessGone(place, this.context.signal, (signal) =>
      readSmallObject(this.context.s3, place, signal),
    );
    return text === undefined ? undefined : parseJson(text, schema);
  }

  /** The entries from 1 on, up to the first that is missing. */
  async readParts<M>(highest: number, markSchema: z.ZodType<M>): Promise<PartEntry<M>[]> {
    const entries: PartEntry<M>[] = [];
    while (entries.length < highest) {
      const count = Math.min(entriesReadAtOnce, highest - entries.length);
      const numbers = Array.from({ length: count }, (_, index) => entries.length + index + 1);
      const read = await Promise.all(numbers.map((number) => this.read(number, partEntry(markSchema))));
      for (const entry of read) {
        if (entry === undefined) return entries;
        entries.push(entry);
      }
    }
    return entries;
  }

  /** When S3 took an entry, by its own clock. */
  async writtenAt(number: number): Promise<Date | undefined> {
    const place = this.placeOf(number);
    const request = new HeadObjectCommand({ Bucket: place.bucket, Key: place.key });
    const head = await unlessGone(place, this.context.signal, (abortSignal) =>
      this.context.s3.send(request, { abortSignal }),
    );
    return head?.LastModified;
  }

  /** Never throws: what stays is swept later. */
  async delete(highest: number): Promise<void> {
    const keys = Array.from({ length: highest + 1 }, (_, number) => this.placeOf(number).key);
    await deleteKeys(this.context.s3, this.context.bucket, keys);
  }
}

/** Makes one S3 call; undefined for what is not there. */
export async function unlessGone<T>(
  place: Required<Place>,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await callS3(place, signal, () => call(signal));
  } catch (error) {
    if (isFailure(error, 'NoSuchKey') || isFailure(error, 'NoSuchUpload')) return undefined;
    throw error;
  }
}

export function parseJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
