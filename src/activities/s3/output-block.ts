/** Copies below this length are faster byte by byte than by a native call. */
const shortRun = 64;

/** Gathers the runs of lines that are kept into one block, so that a million short lines are not a million small buffers. */
export class OutputBlock {
  #block: Buffer;
  #length = 0;

  /** @param expected bytes that will mostly be enough; more are found when they are needed. */
  constructor(expected: number) {
    this.#block = Buffer.allocUnsafeSlow(expected);
  }

  /** Appends `from[start, end)`. */
  append(from: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.#length + length > this.#block.length) this.#grow(length);
    const to = this.#block;
    let at = this.#length;
    if (length > shortRun) from.copy(to, at, start, end);
    else for (let index = start; index < end; index++) to[at++] = from[index] as number;
    this.#length += length;
  }

  /** What was gathered; the block must not be used afterwards. */
  take(): Buffer {
    return this.#block.subarray(0, this.#length);
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#length + more, this.#block.length * 2));
    this.#block.copy(larger, 0, 0, this.#length);
    this.#block = larger;
  }
}
