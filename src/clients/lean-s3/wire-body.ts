import type { BodyCheck } from './body-check.js';

/** A reader that waits longer than this gets what there is, so that a slow body is seen to move. */
const patienceMs = 250;

/** What a body asks of the connection that it comes over. */
export interface BodySource {
  /** Reads on. */
  resume(): void;
  /** Nobody wants the rest: the connection is of no more use. */
  close(): void;
}

/**
 * The body of an answer that is longer than the memory for it: it comes through that memory, piece by piece. The system writes the bytes
 * where they are read: no copy, and one promise for a megabyte. A piece is right until the next one is asked for; while nobody asks,
 * nothing is read.
 */
export class WireBody implements AsyncIterableIterator<Buffer> {
  /** Compares all of it with what S3 said, after its last byte. */
  check: BodyCheck | undefined;
  /** Bytes that did not come yet. */
  #left: number;
  /** Bytes in the memory that were not handed on. */
  #filled = 0;
  /** The memory is the reader's until the reader asks for more. */
  #isHandedOn = false;
  /** What came when there was no room: a TLS connection gives what it has deciphered. */
  #surplus: Buffer[] = [];
  #askedAt = 0;
  #waiting: { resolve(result: IteratorResult<Buffer>): void; reject(error: unknown): void } | undefined;
  #failure: { error: unknown } | undefined;

  constructor(
    private readonly memory: Buffer,
    length: number,
    private readonly source: BodySource,
  ) {
    this.#left = length;
  }

  /** All of it has come. */
  get isWhole(): boolean {
    return this.#left === 0;
  }

  /** The connection is silent because nothing is read from it. */
  get isPaused(): boolean {
    return this.#isHandedOn || this.#filled === this.memory.length;
  }

  /** Where the next bytes may be written, once more are read; undefined while others wait to be put there. */
  get room(): Buffer | undefined {
    if (this.#left === 0 || this.#surplus.length > 0) return undefined;
    const from = this.isPaused ? 0 : this.#filled;
    return this.memory.subarray(from, Math.min(this.memory.length, from + this.#left));
  }

  /**
   * Takes the next bytes of the connection, which may lie in the room already.
   * @returns whether more may be read now
   * @throws RangeError when there are more than were announced
   */
  take(chunk: Buffer): boolean {
    if (chunk.length > this.#left) throw new RangeError('more came than was announced');
    this.#left -= chunk.length;
    if (this.isPaused) this.#surplus.push(Buffer.from(chunk));
    else this.#place(chunk);
    if (this.#waiting !== undefined && this.#isReady(performance.now() - this.#askedAt > patienceMs)) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve(this.#handOn());
    }
    return !this.isPaused;
  }

  /** The connection broke, or the call was aborted. */
  fail(error: unknown): void {
    if (this.isWhole && this.#waiting === undefined) return;
    this.#failure ??= { error };
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** The next piece. @throws an error of the network, the reason of the signal, BAD_CHECKSUM after the last byte. */
  next(): Promise<IteratorResult<Buffer>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#isHandedOn) this.#takeBack();
    if (this.#isReady(false)) return Promise.resolve(this.#handOn());
    if (this.isWhole) return this.#end();
    this.#askedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.source.resume();
    });
  }

  async return(): Promise<IteratorResult<Buffer>> {
    this.destroy();
    return { done: true, value: undefined };
  }

  /** Whoever reads on after this gets the error. */
  destroy(error: unknown = new Error('the body was let go')): void {
    const wasWhole = this.isWhole;
    this.fail(error);
    this.#surplus = [];
    if (!wasWhole) this.source.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #isReady(enough: boolean): boolean {
    return this.#filled > 0 && (enough || this.#filled === this.memory.length || this.#left === 0);
  }

  #handOn(): IteratorResult<Buffer> {
    const value = this.memory.subarray(0, this.#filled);
    this.#filled = 0;
    this.#isHandedOn = true;
    this.check?.update(value);
    return { done: false, value };
  }

  #takeBack(): void {
    this.#isHandedOn = false;
    for (const chunk of this.#surplus.splice(0)) {
      if (this.#filled === this.memory.length) this.#surplus.push(chunk);
      else this.#place(chunk);
    }
  }

  #place(chunk: Buffer): void {
    const at = this.#filled;
    const isThere = chunk.buffer === this.memory.buffer && chunk.byteOffset === this.memory.byteOffset + at;
    const placed = isThere ? chunk.length : chunk.copy(this.memory, at);
    this.#filled += placed;
    if (placed < chunk.length) this.#surplus.push(Buffer.from(chunk.subarray(placed)));
  }

  async #end(): Promise<IteratorResult<Buffer>> {
    await this.check?.verify();
    this.check = undefined;
    return { done: true, value: undefined };
  }
}
