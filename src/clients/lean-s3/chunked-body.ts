import { NotSimpleError } from './not-simple-error.js';

const lineFeed = 0x0a;
/** A size with extensions, or a trailer. S3 sends neither of the latter in its answers. */
const longestLine = 1024;
const mostTrailers = 64;

/**
 * A body in chunks (RFC 9112, 7.1), put together: S3 sends listings, errors and the results of copies so, whose lengths it does not know
 * when it begins to answer.
 */
export class ChunkedBody {
  #body: Buffer;
  #length = 0;
  #line = '';
  #state: 'size' | 'data' | 'end of data' | 'trailer' | 'whole' = 'size';
  #left = 0;
  #trailers = 0;

  /**
   * @param memory takes the body while it is long enough.
   * @param longest bytes that are taken in.
   */
  constructor(
    memory: Buffer | undefined,
    private readonly longest: number,
  ) {
    this.#body = memory ?? Buffer.alloc(0);
  }

  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** What came so far: in the memory, or in new memory that was needed. */
  get bytes(): Buffer {
    return this.#body.subarray(0, this.#length);
  }

  /** Takes the next bytes, which may be overwritten afterwards. @throws NotSimpleError */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'whole') throw new NotSimpleError('more came than was announced');
      at = this.#state === 'data' ? this.#takeData(bytes, at) : this.#takeLine(bytes, at);
    }
  }

  #takeData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#left);
    this.#makeRoom(end - start);
    bytes.copy(this.#body, this.#length, start, end);
    this.#length += end - start;
    this.#left -= end - start;
    if (this.#left === 0) this.#state = 'end of data';
    return end;
  }

  #takeLine(bytes: Buffer, start: number): number {
    const found = bytes.indexOf(lineFeed, start);
    const end = found < 0 ? bytes.length : found;
    this.#line += bytes.toString('latin1', start, end);
    if (this.#line.length > longestLine) throw new NotSimpleError('not a chunk');
    if (found < 0) return end;
    if (!this.#line.endsWith('\r')) throw new NotSimpleError('not a chunk');
    this.#next(this.#line.slice(0, -1));
    this.#line = '';
    return found + 1;
  }

  #next(line: string): void {
    switch (this.#state) {
      case 'size': {
        const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) throw new NotSimpleError('not the size of a chunk');
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailer' : 'data';
        return;
      }
      case 'end of data':
        if (line !== '') throw new NotSimpleError('a chunk is longer than its size');
        this.#state = 'size';
        return;
      default:
        this.#trailers += 1;
        if (this.#trailers > mostTrailers) throw new NotSimpleError('too many trailers');
        if (line === '') this.#state = 'whole';
    }
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed > this.longest) throw new NotSimpleError('a long body');
    if (needed <= this.#body.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.longest, Math.max(needed, 2 * this.#body.length)));
    this.#body.copy(larger, 0, 0, this.#length);
    this.#body = larger;
  }
}
