/** Copies below this length are faster byte by byte than by a native call. */
const shortRun = 64;

/**
 * Bytes that are gathered in one piece of memory, so that a million short lines are not a million small buffers. It grows as
 * needed and is used again after `clear`: memory that is let go comes back only with a garbage collection.
 */
export class OutputBlock {
  #block: Buffer;
  #length = 0;

  /** @param expected bytes that will mostly be enough. */
  constructor(expected = 0) {
    this.#block = Buffer.allocUnsafeSlow(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory. */
  get capacity(): number {
    return this.#block.length;
  }

  /** Appends `from[start, end)`. */
  append(from: Buffer, start = 0, end = from.length): void {
    const length = end - start;
    if (this.#length + length > this.#block.length) this.#grow(length);
    const to = this.#block;
    let at = this.#length;
    if (length > shortRun) from.copy(to, at, start, end);
    else for (let index = start; index < end; index++) to[at++] = from[index] as number;
    this.#length += length;
  }

  /** What was gathered: a view that is right until the next `append` after a `clear`. */
  get bytes(): Buffer {
    return this.#block.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Makes room for so many bytes in all, once instead of bit by bit. */
  reserve(bytes: number): void {
    if (bytes > this.#block.length) this.#move(bytes);
  }

  #grow(more: number): void {
    this.#move(Math.max(this.#length + more, Math.ceil(this.#block.length * 1.5)));
  }

  #move(capacity: number): void {
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#block.copy(larger, 0, 0, this.#length);
    this.#block = larger;
  }
}
