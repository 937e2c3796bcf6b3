import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ByteSink } from './compression.js';
import { callS3, type Place } from './failures.js';

const MiB = 1024 * 1024;
const partsInFlight = 2;
/** How long an upload that is given up may take to be aborted; its sweeper comes later otherwise. */
const abortTimeoutMs = 10_000;

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
 * Bytes of the next part. Parts of 16 MiB, doubled after every thousand: the 10,000 parts that S3 allows then hold more than
 * the 5 TiB that it allows, and the first 15 GiB of an object need no more memory than small ones.
 */
export function partSize(partNumber: number): number {
  return 16 * MiB * 2 ** Math.floor((partNumber - 1) / 1000);
}

/**
 * Writes one object: in one request when it is small, as a multipart upload otherwise. It appears under its key only by
 * `complete`; a writer that is not completed must be aborted.
 */
export class ObjectWriter implements ByteSink {
  #pieces: Buffer[] = [];
  #buffered = 0;
  #bytes = 0;
  #uploadId: string | undefined;
  #partNumber = 0;
  readonly #parts: { PartNumber: number; ETag: string | undefined }[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #failure: unknown;
  readonly #hash = createHash('sha256');

  constructor(
    private readonly s3: S3Client,
    private readonly target: Required<Place>,
    private readonly headers: ObjectHeaders,
    private readonly signal: AbortSignal,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes bytes over; they must not be changed afterwards. Waits while two parts are under way. */
  async write(chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.#pieces.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= partSize(this.#partNumber + 1)) await this.#sendPart(partSize(this.#partNumber + 1));
  }

  /** Makes the object appear under its key. */
  async complete(): Promise<WrittenObject> {
    const etag = this.#uploadId === undefined ? await this.#putWhole() : await this.#completeUpload(this.#uploadId);
    return { etag, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Leaves nothing behind: no object and no open upload. Never throws, so that the reason for it is not lost. */
  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    if (this.#uploadId === undefined) return;
    const uploadId = this.#uploadId;
    this.#uploadId = undefined;
    const { Bucket, Key } = this.#names();
    await this.s3
      .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: uploadId }), {
        abortSignal: AbortSignal.timeout(abortTimeoutMs),
      })
      .catch(() => undefined);
  }

  async #putWhole(): Promise<string> {
    const { ETag = '' } = await this.#call(() =>
      this.s3.send(new PutObjectCommand({ ...this.#names(), ...this.#stored(), Body: this.#take(this.#buffered) }), {
        abortSignal: this.signal,
      }),
    );
    return ETag;
  }

  async #completeUpload(uploadId: string): Promise<string> {
    if (this.#buffered > 0) await this.#sendPart(this.#buffered);
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    const Parts = this.#parts.sort((a, b) => a.PartNumber - b.PartNumber);
    // Not to be aborted in the middle: whether the object is there must not be a guess.
    const { ETag = '' } = await this.#call(() =>
      this.s3.send(
        new CompleteMultipartUploadCommand({ ...this.#names(), UploadId: uploadId, MultipartUpload: { Parts } }),
      ),
    );
    this.#uploadId = undefined;
    return ETag;
  }

  async #sendPart(size: number): Promise<void> {
    this.#uploadId ??= await this.#createUpload();
    while (this.#inFlight.size >= partsInFlight) await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    const upload = this.#uploadPart(this.#uploadId, ++this.#partNumber, this.#take(size))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#inFlight.delete(upload));
    this.#inFlight.add(upload);
  }

  async #uploadPart(uploadId: string, partNumber: number, body: Buffer): Promise<void> {
    const { ETag } = await this.#call(() =>
      this.s3.send(
        new UploadPartCommand({ ...this.#names(), UploadId: uploadId, PartNumber: partNumber, Body: body }),
        {
          abortSignal: this.signal,
        },
      ),
    );
    this.#parts.push({ PartNumber: partNumber, ETag });
  }

  /** Not to be aborted in the middle: an upload whose id nobody learnt would stay open. */
  async #createUpload(): Promise<string> {
    const { UploadId } = await this.#call(() =>
      this.s3.send(new CreateMultipartUploadCommand({ ...this.#names(), ...this.#stored() })),
    );
    if (UploadId === undefined) throw new Error('S3 opened a multipart upload without an id');
    return UploadId;
  }

  /** The first `size` of the buffered bytes. */
  #take(size: number): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces, this.#buffered);
    const rest = all.subarray(size);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    return all.subarray(0, size);
  }

  #names() {
    return { Bucket: this.target.bucket, Key: this.target.key };
  }

  #stored() {
    const { contentType, contentEncoding, metadata } = this.headers;
    return { ContentType: contentType, ContentEncoding: contentEncoding, Metadata: metadata };
  }

  #call<T>(call: () => Promise<T>): Promise<T> {
    return callS3(this.target, this.signal, call);
  }
}
