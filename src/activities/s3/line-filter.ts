import { countLineFeeds } from './count-lines.js';
import { endOfLine, endOfText, lineFeed } from './line-bounds.js';
import { compilePattern } from './line-pattern.js';
import { LineTest } from './line-test.js';
import { OutputBlock } from './output-block.js';
import { compileRedactions, type Redaction } from './redaction.js';

const nothing = Buffer.alloc(0);

/** What is done to lines: keep those in which an expression matches, drop those, replace matches in what is left. */
export interface LineRules {
  keep?: string | undefined;
  drop?: string | undefined;
  redact?: readonly Redaction[] | undefined;
}

/** Where filtering stands after some bytes of a content. */
export interface FilterPosition {
  /** Bytes of the (decompressed) content that are dealt with; a line that is not over yet is not among them. */
  offset: number;
  linesIn: number;
  linesOut: number;
  /** The byte before `offset` is of a line that goes on: only where lines come out unread. */
  midLine: boolean;
}

export const startOfContent: FilterPosition = { offset: 0, linesIn: 0, linesOut: 0, midLine: false };

/** Longest line that is held in memory to be judged, in bytes. */
export const longestLine = 128 * 1024 * 1024;

/**
 * Compiled rules, shared by all objects of a step.
 * @throws RangeError with a sentence for people, when a replacement names a group that its expression does not have.
 */
export function compileRules(rules: LineRules) {
  return {
    keep: rules.keep === undefined ? undefined : compilePattern(rules.keep),
    drop: rules.drop === undefined ? undefined : compilePattern(rules.drop),
    redact: compileRedactions(rules.redact ?? []),
  };
}

export type CompiledRules = ReturnType<typeof compileRules>;

/**
 * Filters a stream of bytes by lines. A line ends at LF or at the end of the object; expressions see it without that LF and
 * without a CR before it, so `$` works on Windows files. A kept line comes out with the very bytes that it came in with, line
 * break included. Blocks are worked on where they lie: only a line that spans two of them is copied together.
 */
export class LineFilter {
  linesIn: number;
  linesOut: number;
  #pushed: number;
  /** The line that is not over yet. */
  readonly #carry = new OutputBlock();
  readonly #out = new OutputBlock();
  readonly #passThrough: boolean;
  #midLine: boolean;
  #keepByLiteral = true;
  #dropByLiteral = true;

  /** @param start where to go on: the next byte that is pushed is the one at its offset. */
  constructor(
    readonly rules: CompiledRules,
    start: FilterPosition = startOfContent,
  ) {
    this.#pushed = start.offset;
    this.linesIn = start.linesIn;
    this.linesOut = start.linesOut;
    this.#midLine = start.midLine;
    this.#passThrough = rules.keep === undefined && rules.drop === undefined && rules.redact === undefined;
  }

  /**
   * Takes the next bytes of the object and gives those that may be written: a view that is right until the next call, and
   * maybe of the same memory.
   * @throws RangeError for a line above `longestLine`.
   */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    this.#pushed += chunk.length;
    if (this.#passThrough) {
      this.#midLine = chunk[chunk.length - 1] !== lineFeed;
      this.#countThrough(countLineFeeds(chunk));
      return chunk;
    }
    const last = chunk.lastIndexOf(lineFeed);
    if (last < 0) {
      this.#keepForNext(chunk);
      return nothing;
    }
    this.#out.clear();
    const start = this.#carry.length === 0 ? 0 : chunk.indexOf(lineFeed) + 1;
    if (start > 0) {
      this.#carry.append(chunk, 0, start);
      this.#filterCarried();
    }
    if (start <= last) this.#filter(chunk.subarray(start, last + 1), this.#out);
    if (last + 1 < chunk.length) this.#keepForNext(chunk.subarray(last + 1));
    return this.#out.bytes;
  }

  /** The object is over: what is left of it is a line without a line break. */
  end(): Buffer {
    if (this.#midLine) this.#countThrough(1);
    this.#midLine = false;
    if (this.#carry.length === 0) return nothing;
    this.#out.clear();
    this.#filterCarried();
    return this.#out.bytes;
  }

  /** Where a filter that goes on after the bytes that came out so far has to begin. */
  get position(): FilterPosition {
    const { linesIn, linesOut } = this;
    return { offset: this.#pushed - this.#carry.length, linesIn, linesOut, midLine: this.#midLine };
  }

  #filterCarried(): void {
    this.#filter(this.#carry.bytes, this.#out);
    this.#carry.clear();
  }

  #countThrough(lines: number): void {
    this.linesIn += lines;
    this.linesOut += lines;
  }

  #keepForNext(piece: Buffer): void {
    this.#carry.append(piece);
    if (this.#carry.length > longestLine)
      throw new RangeError(`a line is longer than ${longestLine / 1024 / 1024} MiB`);
  }

  /** Filters whole lines; only the last line of an object comes without a line feed. */
  #filter(block: Buffer, out: OutputBlock): void {
    const { redact } = this.rules;
    const lines = countLineFeeds(block) + (block[block.length - 1] === lineFeed ? 0 : 1);
    const keep = this.rules.keep && new LineTest(this.rules.keep, block, this.#keepByLiteral);
    const drop = this.rules.drop && new LineTest(this.rules.drop, block, this.#dropByLiteral);
    /** Start of the run of lines that come out as they are; -1 when there is none. */
    let run = -1;
    let at = 0;
    while (at < block.length) {
      const start = keep === undefined ? at : keep.nextCandidate(at);
      if (start !== at && run >= 0) {
        out.append(block, run, at);
        run = -1;
      }
      if (start === block.length) break;
      const end = endOfLine(block, start);
      const text = endOfText(block, start, end);
      at = end;
      const kept = (keep?.matches(start, text) ?? true) && !drop?.matches(start, text);
      if (kept) this.linesOut += 1;
      const line = kept && redact !== undefined ? block.subarray(start, text) : undefined;
      const redacted = line === undefined ? undefined : redact?.(line);
      if (kept && redacted === line) {
        if (run < 0) run = start;
        continue;
      }
      if (run >= 0) out.append(block, run, start);
      run = -1;
      if (redacted !== undefined) {
        out.append(redacted, 0, redacted.length);
        out.append(block, text, end);
      }
    }
    if (run >= 0) out.append(block, run, block.length);
    this.linesIn += lines;
    this.#keepByLiteral &&= keep?.literalPays(lines) === true;
    this.#dropByLiteral &&= drop?.literalPays(lines) === true;
  }
}
