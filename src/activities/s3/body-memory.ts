/** The least that is kept apart from larger ones. */
const smallest = 4096;

/**
 * Memory for bodies that come in one piece, used again: a new piece for each of many small objects is most of what there is to
 * collect. As much is kept as was in use at once.
 */
export class BodyMemory {
  /** Unused pieces by their size. */
  readonly #free = new Map<number, Buffer[]>();

  /** At least `size` bytes, with anything in them. */
  take(size: number): Buffer {
    const length = sizeClass(size);
    return this.#free.get(length)?.pop() ?? Buffer.allocUnsafeSlow(length);
  }

  /** Takes back what {@link take} gave and nobody reads or writes any more. */
  give(piece: Buffer): void {
    const pieces = this.#free.get(piece.length) ?? [];
    pieces.push(piece);
    this.#free.set(piece.length, pieces);
  }
}

/** Powers of two. */
function sizeClass(size: number): number {
  return Math.max(smallest, 2 ** Math.ceil(Math.log2(Math.max(size, 1))));
}
