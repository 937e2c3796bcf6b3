import { startOfLine } from './line-bounds.js';
import type { LinePattern } from './line-pattern.js';
import { LiteralCursor } from './literal-cursor.js';

/** One pattern over one block, asked about lines from left to right. */
export class LineTest {
  readonly #literal: LiteralCursor | undefined;
  readonly #length: number;
  #linesWithLiteral = 0;

  constructor(
    private readonly pattern: LinePattern,
    private readonly block: Buffer,
    byLiteral: boolean,
  ) {
    const { literal } = pattern;
    this.#literal = literal === undefined || !byLiteral ? undefined : new LiteralCursor(block, literal);
    this.#length = literal?.length ?? 0;
  }

  /** A literal that is in most lines, such as the name of a field, rules out few: looking for it first is then lost time. */
  literalPays(lines: number): boolean {
    return this.pattern.isLiteral || this.#linesWithLiteral * 2 < lines;
  }

  /** Start of the next line, at or after the start of line `from`, that can match; the length of the block if there is none. */
  nextCandidate(from: number): number {
    if (this.#literal === undefined) return from;
    const hit = this.#literal.next(from);
    return hit === this.block.length ? hit : startOfLine(this.block, hit, from);
  }

  /** Does the pattern match in the line `[start, end)`, taken without its line break? */
  matches(start: number, end: number): boolean {
    if (this.#literal === undefined) return this.pattern.test(this.block, start, end);
    // A hit that reaches into the line break is none, but a later one can't be one either.
    if (this.#literal.next(start) + this.#length > end) return false;
    this.#linesWithLiteral += 1;
    return this.pattern.isLiteral || this.pattern.test(this.block, start, end);
  }
}
