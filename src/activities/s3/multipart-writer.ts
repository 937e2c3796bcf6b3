import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ByteSink, Mark } from './byte-sink.js';
import { callS3, type Place } from './failures.js';
import type { Journal } from './journal.js';
import type { OpenUpload } from './journal-recovery.js';
import { OutputBlock } from './output-block.js';
import { type PartLease, PartMemory } from './part-memory.js';
import { sha256OfObject } from './source-reader.js';

const MiB = 1024 * 1024;
const partsInFlight = 2;
/** A part ends with the write that fills it. */
const usualWrite = 1.125 * MiB;
/** An output up to this length needs no block of the shared memory. */
const smallOutput = MiB;

/** What an object is stored with. */
export interface ObjectHeaders {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  metadata?: Record<string, string>;
}

export interface WrittenObject {
  etag: string;
  bytes: number;
  /** Hexadecimal, of the bytes as they are in S3. */
  sha256: string;
}

/**
 * Bytes of the next part. Parts of 8 MiB, doubled after every thousand: the 10,000 parts that S3 allows then hold more than
 * the 5 TiB that it allows, and the first 7 GiB of an object need no more memory than small ones.
 */
export function partSize(partNumber: number): number {
  return 8 * MiB * 2 ** Math.floor((partNumber - 1) / 1000);
}

/** Memory for so many parts at once, of any outputs. */
export function createPartMemory(parts: number): PartMemory {
  return new PartMemory(parts, partSize(1) + usualWrite);
}

/** With what an object is written. */
export interface WriterContext {
  readonly s3: S3Client;
  readonly signal: AbortSignal;
  /** To be ended by whoever opened it, once the writer is complete or settled. */
  readonly lease: PartLease;
}

/**
 * Writes one object: in one request when it is small, as a multipart upload otherwise. It appears under its key only by
 * `complete`. A part ends where a write ends, so that the mark that came with it says where the next attempt goes on; the same
 * writes make the same parts, whichever attempt they are made by. Whoever does not complete it has its journal discarded, or
 * leaves the upload to the next attempt.
 */
export class ObjectWriter<M> implements ByteSink<M> {
  /** The next part; undefined until something of it comes. */
  #part: OutputBlock | undefined = new OutputBlock();
  #partIsLeased = false;
  #bytes = 0;
  #mark: Mark<M>;
  #uploadId: string | undefined;
  #partNumber = 0;
  readonly #parts: { PartNumber: number; ETag: string | undefined }[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #failure: unknown;
  readonly #hash = createHash('sha256');
  readonly #resumed: boolean;

  constructor(
    private readonly context: WriterContext,
    private readonly target: Required<Place>,
    private readonly headers: ObjectHeaders,
    private readonly journal: Journal<M>,
    start: Mark<M>,
    resumed?: OpenUpload<M>,
  ) {
    this.#mark = start;
    this.#resumed = resumed !== undefined;
    if (resumed === undefined) return;
    this.#uploadId = resumed.uploadId;
    this.#partNumber = resumed.parts.length;
    this.#parts.push(...resumed.parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })));
    this.#bytes = resumed.bytes;
  }

  /** The output is a multipart upload, whose metadata was fixed when it began. */
  get inParts(): boolean {
    return this.#uploadId !== undefined;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Waits while two parts are under way. */
  async write(chunk: Buffer, mark?: Mark<M>): Promise<void> {
    // Only now that more comes: the last part must be known to be the last.
    if (chunk.length > 0 && this.#partLength >= partSize(this.#partNumber + 1)) await this.#sendPart();
    this.#mark = mark ?? this.#mark;
    if (chunk.length === 0) return;
    if (!this.#resumed) this.#hash.update(chunk);
    this.#bytes += chunk.length;
    (await this.#roomFor(chunk.length)).append(chunk);
  }

  /**
   * Makes the object appear under its key. An output that more than one attempt worked on is read once for its hash.
   * @param metadata more metadata for an object that is written in one request.
   */
  async complete(
    metadata: (written: Omit<WrittenObject, 'etag'>) => Record<string, string> = () => ({}),
  ): Promise<WrittenObject> {
    const bytes = this.#bytes;
    const sha256 = this.#resumed ? undefined : this.#hash.digest('hex');
    if (this.#uploadId === undefined) {
      const hash = sha256 ?? '';
      return { bytes, sha256: hash, etag: await this.#putWhole(metadata({ bytes, sha256: hash })) };
    }
    const etag = await this.#completeUpload(this.#uploadId, sha256);
    const object = { ...this.target, size: bytes, etag };
    return { bytes, etag, sha256: sha256 ?? (await sha256OfObject(this.context.s3, object, this.context.signal)) };
  }

  /** Waits until nothing is under way any more. Never throws. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #putWhole(metadata: Record<string, string>): Promise<string> {
    const stored = this.#stored(metadata);
    const Body = this.#part?.bytes ?? Buffer.alloc(0);
    const { ETag = '' } = await this.#call((abortSignal) =>
      this.context.s3.send(new PutObjectCommand({ ...this.#names(), ...stored, Body }), { abortSignal }),
    );
    return ETag;
  }

  async #completeUpload(uploadId: string, sha256: string | undefined): Promise<string> {
    if (this.#partLength > 0) await this.#sendPart(sha256);
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    const Parts = this.#parts.sort((a, b) => a.PartNumber - b.PartNumber);
    // Not to be aborted in the middle: whether the object is there must not be a guess.
    const { ETag = '' } = await this.#call(() =>
      this.context.s3.send(
        new CompleteMultipartUploadCommand({ ...this.#names(), UploadId: uploadId, MultipartUpload: { Parts } }),
      ),
    );
    return ETag;
  }

  get #partLength(): number {
    return this.#part?.length ?? 0;
  }

  /** The next part, with memory for more of it. */
  async #roomFor(more: number): Promise<OutputBlock> {
    if (this.#part !== undefined && (this.#partIsLeased || this.#part.length + more <= smallOutput)) return this.#part;
    const { lease } = this.context;
    const small = this.#part;
    await lease.begin();
    for (;;) {
      const block = lease.next();
      if (block === undefined) {
        await Promise.race(this.#inFlight);
        continue;
      }
      if (small !== undefined) block.append(small.bytes);
      this.#partIsLeased = true;
      this.#part = block;
      return block;
    }
  }

  async #sendPart(sha256?: string): Promise<void> {
    this.#uploadId ??= await this.#createUpload();
    while (this.#inFlight.size >= partsInFlight) await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    const block = this.#part ?? new OutputBlock();
    const isLeased = this.#partIsLeased;
    const part = { uploadId: this.#uploadId, number: ++this.#partNumber, mark: this.#mark(), sha256 };
    const upload = this.#uploadPart(part, this.#bytes, block.bytes)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#inFlight.delete(upload);
        if (isLeased) this.context.lease.done(block);
      });
    this.#inFlight.add(upload);
    this.#part = undefined;
    this.#partIsLeased = false;
  }

  async #uploadPart(
    { uploadId, number, mark, sha256 }: { uploadId: string; number: number; mark: M; sha256: string | undefined },
    bytes: number,
    body: Buffer,
  ): Promise<void> {
    await this.journal.note(number, { uploadId, size: body.length, bytes, sha256, mark });
    const part = { ...this.#names(), UploadId: uploadId, PartNumber: number, Body: body };
    const { ETag } = await this.#call((abortSignal) =>
      this.context.s3.send(new UploadPartCommand(part), { abortSignal }),
    );
    this.#parts.push({ PartNumber: number, ETag });
  }

  /** Not to be aborted in the middle: an upload whose id nobody learnt would stay open. */
  async #createUpload(): Promise<string> {
    const stored = this.#stored(await this.journal.begin());
    const { UploadId, $metadata } = await this.#call(() =>
      this.context.s3.send(new CreateMultipartUploadCommand({ ...this.#names(), ...stored })),
    );
    if (UploadId === undefined) throw new Error('S3 opened a multipart upload without an id');
    await this.journal.opened(UploadId, ($metadata.attempts ?? 1) > 1);
    return UploadId;
  }

  #names() {
    return { Bucket: this.target.bucket, Key: this.target.key };
  }

  #stored(more: Record<string, string>) {
    const { contentType, contentEncoding, metadata } = this.headers;
    return { ContentType: contentType, ContentEncoding: contentEncoding, Metadata: { ...metadata, ...more } };
  }

  #call<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return callS3(this.target, this.context.signal, () => call(this.context.signal));
  }
}
