/** Where a literal occurs in a block, asked for from left to right: each occurrence is searched for once. */
export class LiteralCursor {
  #hit = -1;

  constructor(
    private readonly block: Buffer,
    private readonly literal: Buffer,
  ) {}

  /** The first occurrence that begins at or after `from`; the length of the block if there is none. */
  next(from: number): number {
    if (this.#hit < from) {
      const hit = this.block.indexOf(this.literal, from);
      this.#hit = hit < 0 ? this.block.length : hit;
    }
    return this.#hit;
  }
}
