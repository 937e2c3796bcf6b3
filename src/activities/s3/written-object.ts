import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { callS3, type Place } from './failures.js';
import type { PartLease } from './part-memory.js';

/** What an object is stored with. */
export interface ObjectHeaders {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  metadata?: Record<string, string>;
  /** What only a copy of another object has. */
  more?: Pick<PutObjectCommandInput, 'CacheControl' | 'ContentDisposition' | 'ContentLanguage' | 'Expires' | 'Tagging'>;
}

export interface WrittenObject {
  etag: string;
  bytes: number;
  /** Hexadecimal, of the bytes as they are in S3. */
  sha256: string;
}

/** With what an object is written. */
export interface WriterContext {
  readonly s3: S3Client;
  readonly signal: AbortSignal;
  /** To be ended by whoever opened it, once the writer is complete or settled. */
  readonly lease: PartLease;
}

/** The object to be, as the requests that make it name it. */
export class Destination {
  constructor(
    private readonly context: WriterContext,
    readonly target: Required<Place>,
    private readonly headers: ObjectHeaders,
  ) {}

  get names() {
    return { Bucket: this.target.bucket, Key: this.target.key };
  }

  /** @param more metadata that are only known now. */
  stored(more: Record<string, string>) {
    const { contentType, contentEncoding, metadata } = this.headers;
    const Metadata = { ...metadata, ...more };
    return { ...this.headers.more, ContentType: contentType, ContentEncoding: contentEncoding, Metadata };
  }

  call<T>(call: (s3: S3Client, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const { s3, signal } = this.context;
    return callS3(this.target, signal, () => call(s3, signal));
  }
}
