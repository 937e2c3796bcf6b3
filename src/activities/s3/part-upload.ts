import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { Mark } from './byte-sink.js';
import type { Journal } from './journal.js';
import type { OpenUpload, StoredPart } from './journal-recovery.js';
import { partBlockSize, partSize } from './part-size.js';
import type { Destination } from './written-object.js';

const partsInFlight = 2;

/**
 * S3 takes parts with a checksum only into an upload that was opened for checksums of this kind, and then wants to be told all of
 * them once more at its end.
 */
const checksums = { ChecksumAlgorithm: 'CRC32' } as const;

/** A part that S3 has, as the end of its upload names it. */
type CompletedPart = Partial<Omit<StoredPart, 'Size'>> & { PartNumber: number };

/** A part that is full, or the last. */
interface FullPart<M> {
  body: Buffer;
  /** Of the output up to the end of this part. */
  bytes: number;
  /** Where the work stands after it. */
  mark: Mark<M>;
  /** Of the whole output; only with its last part. */
  sha256: string | undefined;
  /** Called when `body` is not needed any more. */
  done: () => void;
}

/** The multipart upload of one output. It is opened with the first part; parts go out two at a time. */
export class PartUpload<M> {
  #uploadId: string | undefined;
  #partNumber = 0;
  readonly #parts: CompletedPart[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #failure: unknown;

  constructor(
    private readonly destination: Destination,
    private readonly journal: Journal<M>,
    resumed: OpenUpload<M> | undefined,
  ) {
    if (resumed === undefined) return;
    this.#uploadId = resumed.uploadId;
    this.#partNumber = resumed.parts.length;
    this.#parts.push(...resumed.parts.map(({ Size, ...part }) => part));
  }

  get isOpen(): boolean {
    return this.#uploadId !== undefined;
  }

  /** Bytes that the next part should have. */
  get nextPartSize(): number {
    return partSize(this.#partNumber + 1);
  }

  /** Bytes of memory that it mostly needs. */
  get nextBlockSize(): number {
    return partBlockSize(this.#partNumber + 1);
  }

  /** Sends a part on its way; waits while two are under way. */
  async send({ body, bytes, mark, sha256, done }: FullPart<M>): Promise<void> {
    this.#uploadId ??= await this.#open();
    while (this.#inFlight.size >= partsInFlight) await this.oneLess();
    if (this.#failure !== undefined) throw this.#failure;
    const entry = { uploadId: this.#uploadId, size: body.length, bytes, sha256, mark: mark() };
    const upload = this.#upload(++this.#partNumber, entry, body)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#inFlight.delete(upload);
        done();
      });
    this.#inFlight.add(upload);
  }

  /** Waits until one of the parts that are under way is not any more. */
  async oneLess(): Promise<void> {
    await Promise.race(this.#inFlight);
  }

  /** Makes the object appear under its key; gives its ETag. */
  async complete(): Promise<string> {
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    const Parts = withChecksums(this.#parts.sort((a, b) => a.PartNumber - b.PartNumber));
    const request = { ...this.destination.names, UploadId: this.#uploadId, MultipartUpload: { Parts } };
    // Not to be aborted in the middle: whether the object is there must not be a guess.
    const { ETag = '' } = await this.destination.call((s3) => s3.send(new CompleteMultipartUploadCommand(request)));
    return ETag;
  }

  /** Waits until nothing is under way any more. Never throws. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #upload(number: number, entry: Parameters<Journal<M>['note']>[1], body: Buffer): Promise<void> {
    await this.journal.note(number, entry);
    const names = { ...this.destination.names, UploadId: entry.uploadId, PartNumber: number };
    const part = { ...names, Body: body, ...checksums };
    const { ETag, ChecksumCRC32 } = await this.destination.call((s3, abortSignal) =>
      s3.send(new UploadPartCommand(part), { abortSignal }),
    );
    this.#parts.push({ PartNumber: number, ETag, ChecksumCRC32 });
  }

  /** Not to be aborted in the middle: an upload whose id nobody learnt would stay open. */
  async #open(): Promise<string> {
    const stored = this.destination.stored(await this.journal.begin());
    const request = { ...this.destination.names, ...stored, ...checksums };
    const { UploadId, $metadata } = await this.destination.call((s3) =>
      s3.send(new CreateMultipartUploadCommand(request)),
    );
    if (UploadId === undefined) throw new Error('S3 opened a multipart upload without an id');
    await this.journal.opened(UploadId, ($metadata.attempts ?? 1) > 1);
    return UploadId;
  }
}

/**
 * With the checksums of all parts, or with none. A part that was listed without one is of a server that doesn't keep them, or of an
 * upload that an older version opened for none; both refuse the ones that they don't know.
 */
function withChecksums(parts: readonly CompletedPart[]): CompletedPart[] {
  if (parts.every(({ ChecksumCRC32 }) => ChecksumCRC32 !== undefined)) return [...parts];
  return parts.map(({ ChecksumCRC32, ...part }) => part);
}
