import { countLineFeeds } from './count-lines.js';
import { compilePattern, type LinePattern } from './line-pattern.js';
import { compileRedactions, type Redaction } from './redaction.js';

const lineFeed = 10;
const carriageReturn = 13;

/** What is done to lines: keep those in which an expression matches, drop those, replace matches in what is left. */
export interface LineRules {
  keep?: string | undefined;
  drop?: string | undefined;
  redact?: readonly Redaction[] | undefined;
}

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
  linesIn = 0;
  linesOut = 0;
  #carry: Buffer[] = [];
  #carried = 0;
  readonly #passThrough: boolean;
  #lastByte = lineFeed;

  constructor(readonly rules: CompiledRules) {
    this.#passThrough = rules.keep === undefined && rules.drop === undefined && rules.redact === undefined;
  }

  /**
   * Takes the next bytes of the object and gives what may be written; the pieces may share memory with `chunk`.
   * @throws RangeError for a line above `longestLine`.
   */
  push(chunk: Buffer): Buffer[] {
    if (chunk.length === 0) return [];
    this.#lastByte = chunk[chunk.length - 1] as number;
    if (this.#passThrough) {
      this.#countThrough(countLineFeeds(chunk));
      return [chunk];
    }
    const last = chunk.lastIndexOf(lineFeed);
    if (last < 0) {
      this.#keepForNext(chunk);
      return [];
    }
    const out: Buffer[] = [];
    let start = 0;
    if (this.#carried > 0) {
      start = chunk.indexOf(lineFeed) + 1;
      const line = Buffer.concat([...this.#carry, chunk.subarray(0, start)]);
      this.#carry = [];
      this.#carried = 0;
      this.#filter(line, out);
    }
    if (start <= last) this.#filter(chunk.subarray(start, last + 1), out);
    if (last + 1 < chunk.length) this.#keepForNext(chunk.subarray(last + 1));
    return out;
  }

  /** The object is over: what is left of it is a line without a line break. */
  end(): Buffer[] {
    if (this.#passThrough) {
      if (this.#lastByte !== lineFeed) this.#countThrough(1);
      return [];
    }
    if (this.#carried === 0) return [];
    const line = Buffer.concat(this.#carry);
    this.#carry = [];
    this.#carried = 0;
    const out: Buffer[] = [];
    this.#filter(line, out);
    return out;
  }

  #countThrough(lines: number): void {
    this.linesIn += lines;
    this.linesOut += lines;
  }

  #keepForNext(piece: Buffer): void {
    this.#carried += piece.length;
    if (this.#carried > longestLine) throw new RangeError(`a line is longer than ${longestLine / 1024 / 1024} MiB`);
    this.#carry.push(piece);
  }

  /** Filters whole lines; only the last line of an object comes without a line feed. */
  #filter(block: Buffer, out: Buffer[]): void {
    const { keep, drop, redact } = this.rules;
    this.linesIn += countLineFeeds(block) + (block[block.length - 1] === lineFeed ? 0 : 1);
    /** Start of the run of lines that come out unchanged, -1 when there is none. */
    let run = -1;
    let at = 0;
    const closeRun = (end: number) => {
      if (run >= 0 && end > run) out.push(block.subarray(run, end));
      run = -1;
    };
    while (at < block.length) {
      const hit = keep?.literal === undefined ? undefined : block.indexOf(keep.literal, at);
      const start = hit === undefined ? at : hit < 0 ? block.length : startOfLine(block, hit, at);
      if (start !== at) closeRun(at);
      if (start === block.length) break;
      const end = endOfLine(block, start);
      at = end;
      const text = endOfText(block, start, end);
      const kept =
        (keep === undefined || matches(keep, block, start, text, hit)) &&
        (drop === undefined || !matches(drop, block, start, text));
      if (!kept) {
        closeRun(start);
        continue;
      }
      this.linesOut += 1;
      const line = redact === undefined ? undefined : block.subarray(start, text);
      const redacted = line === undefined ? undefined : redact?.(line);
      if (redacted === line || redacted === undefined) {
        if (run < 0) run = start;
      } else {
        closeRun(start);
        out.push(redacted, block.subarray(text, end));
      }
    }
    closeRun(block.length);
  }
}

/** Start of the line in which `position` is; `from` is a start of line at or before it. */
function startOfLine(block: Buffer, position: number, from: number): number {
  return position === from ? from : Math.max(from, block.lastIndexOf(lineFeed, position - 1) + 1);
}

/** Does a line match? `hit` is where its first occurrence of the pattern's literal begins, if that is known. */
function matches(pattern: LinePattern, block: Buffer, start: number, end: number, hit?: number): boolean {
  const { literal, isLiteral } = pattern;
  if (!isLiteral || literal === undefined) return pattern.test(block, start, end);
  // A hit that reaches into the line break is none.
  if (hit !== undefined && hit + literal.length <= end) return true;
  return block.subarray(start, end).includes(literal);
}

/** Lines are mostly short: looking byte by byte is faster than a native call until there. */
const shortLine = 96;

/** After the line feed that ends the line, or at the end of the block. */
function endOfLine(block: Buffer, start: number): number {
  const near = Math.min(block.length, start + shortLine);
  for (let at = start; at < near; at++) if (block[at] === lineFeed) return at + 1;
  const end = near === block.length ? -1 : block.indexOf(lineFeed, near);
  return end < 0 ? block.length : end + 1;
}

/** Where the line's text ends: before LF or CR LF. */
function endOfText(block: Buffer, start: number, end: number): number {
  if (block[end - 1] !== lineFeed) return end;
  return end - 2 >= start && block[end - 2] === carriageReturn ? end - 2 : end - 1;
}
