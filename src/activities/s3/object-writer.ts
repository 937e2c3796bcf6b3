import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { ByteSink, Mark } from './byte-sink.js';
import type { Place } from './failures.js';
import type { Journal } from './journal.js';
import type { OpenUpload } from './journal-recovery.js';
import { OutputBlock } from './output-block.js';
import { PartUpload } from './part-upload.js';
import { sha256OfObject } from './source-reader.js';
import { Destination, type ObjectHeaders, type WriterContext, type WrittenObject } from './written-object.js';

/** An output up to this length needs no block of the shared memory. */
const smallOutput = 1024 * 1024;

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
  readonly #destination: Destination;
  readonly #upload: PartUpload<M>;
  readonly #hash = createHash('sha256');
  readonly #resumed: boolean;

  constructor(
    private readonly context: WriterContext,
    target: Required<Place>,
    headers: ObjectHeaders,
    journal: Journal<M>,
    start: Mark<M>,
    resumed?: OpenUpload<M>,
  ) {
    this.#mark = start;
    this.#resumed = resumed !== undefined;
    this.#bytes = resumed?.bytes ?? 0;
    this.#destination = new Destination(context, target, headers);
    this.#upload = new PartUpload(this.#destination, journal, resumed);
  }

  /** The output is a multipart upload, whose metadata was fixed when it began. */
  get inParts(): boolean {
    return this.#upload.isOpen;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Waits while two parts are under way. */
  async write(chunk: Buffer, mark?: Mark<M>): Promise<void> {
    // Only now that more comes: the last part must be known to be the last.
    if (chunk.length > 0 && this.#partLength >= this.#upload.nextPartSize) await this.#sendPart();
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
    if (!this.#upload.isOpen) {
      const hash = sha256 ?? '';
      return { bytes, sha256: hash, etag: await this.#putWhole(metadata({ bytes, sha256: hash })) };
    }
    if (this.#partLength > 0) await this.#sendPart(sha256);
    const etag = await this.#upload.complete();
    const object = { ...this.#destination.target, size: bytes, etag };
    return { bytes, etag, sha256: sha256 ?? (await sha256OfObject(this.context.s3, object, this.context.signal)) };
  }

  /** Waits until nothing is under way any more. Never throws. */
  settle(): Promise<void> {
    return this.#upload.settle();
  }

  async #putWhole(metadata: Record<string, string>): Promise<string> {
    const Body = this.#part?.bytes ?? Buffer.alloc(0);
    const request = { ...this.#destination.names, ...this.#destination.stored(metadata), Body };
    const { ETag = '' } = await this.#destination.call((s3, abortSignal) =>
      s3.send(new PutObjectCommand(request), { abortSignal }),
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
        await this.#upload.oneLess();
        continue;
      }
      block.reserve(this.#upload.nextBlockSize);
      if (small !== undefined) block.append(small.bytes);
      this.#partIsLeased = true;
      this.#part = block;
      return block;
    }
  }

  async #sendPart(sha256?: string): Promise<void> {
    const block = this.#part ?? new OutputBlock();
    const { lease } = this.context;
    const done = this.#partIsLeased ? () => lease.done(block) : () => undefined;
    await this.#upload.send({ body: block.bytes, bytes: this.#bytes, mark: () => this.#mark(), sha256, done });
    this.#part = undefined;
    this.#partIsLeased = false;
  }
}
