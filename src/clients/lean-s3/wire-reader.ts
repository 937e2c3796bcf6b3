import { ChunkedBody } from './chunked-body.js';
import { NotSimpleError } from './not-simple-error.js';
import type { WireBody } from './wire-body.js';

/** An answer: its body came whole, or comes piece by piece. */
export interface WireAnswer {
  status: number;
  /** By lower-case name; of a repeated one all values, with commas. */
  headers: Record<string, string>;
  body: Buffer | WireBody;
  /** Another request may follow on the connection. */
  keepsAlive: boolean;
}

const longestHead = 16 * 1024;
const endOfHead = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/** Names of headers as they came and in lower case: a server sends the same few again and again. */
const lowerCased = new Map<string, string>();
const mostNames = 256;

function lowerCase(name: string): string {
  const known = lowerCased.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (lowerCased.size < mostNames) lowerCased.set(name, lower);
  return lower;
}

/**
 * Reads one answer of HTTP/1.1 (RFC 9112) of a form that is nearly all that S3 sends: a head, and a body of the length that the head
 * says, or a short one in chunks.
 */
export class WireReader {
  #head: Buffer = nothing;
  #answer: WireAnswer | undefined;
  #chunked: ChunkedBody | undefined;
  #filled = 0;
  #hasBegun = false;

  /**
   * @param withoutBody the answer to HEAD says the length of a body that does not come.
   * @param memory takes the body if it is large enough.
   * @param stream makes the body of a good answer for which the memory is not; without it, and without memory, new memory is taken.
   */
  constructor(
    private readonly withoutBody: boolean,
    private readonly longestBody: number,
    private readonly memory: Buffer | undefined,
    private readonly stream: (memory: Buffer, length: number) => WireBody,
  ) {}

  /** Something came. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /**
   * Takes the next bytes, which may be overwritten afterwards; gives the answer once it is whole, or once its head is where its body
   * comes piece by piece: what follows is the body's.
   * @throws NotSimpleError
   */
  push(chunk: Buffer): WireAnswer | undefined {
    this.#hasBegun = true;
    let rest = chunk;
    if (this.#answer === undefined) {
      const seen = this.#head.length;
      const head = seen === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = head.indexOf(endOfHead, Math.max(0, seen - endOfHead.length));
      if (end < 0 && head.length <= longestHead) {
        // Copied also where it is the first: the memory of a chunk is the connection's.
        this.#head = seen === 0 ? Buffer.from(chunk) : head;
        return undefined;
      }
      if (end < 0 || end > longestHead) throw new NotSimpleError('the head is too long');
      this.#answer = this.#begin(head.toString('latin1', 0, end));
      rest = head.subarray(end + endOfHead.length);
    }
    const answer = this.#answer;
    if (this.#chunked !== undefined) {
      this.#chunked.push(rest);
      if (!this.#chunked.isWhole) return undefined;
      answer.body = this.#chunked.bytes;
      return answer;
    }
    const { body } = answer;
    if (!Buffer.isBuffer(body)) {
      body.take(rest);
      return answer;
    }
    if (rest.length > body.length - this.#filled) throw new NotSimpleError('more came than was announced');
    rest.copy(body, this.#filled);
    this.#filled += rest.length;
    return this.#filled === body.length ? answer : undefined;
  }

  #begin(head: string): WireAnswer {
    const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)(?: |\r|$)/.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new NotSimpleError('not an answer of HTTP/1.1');
    const headers: Record<string, string> = Object.create(null);
    let end = head.indexOf('\r\n');
    while (end >= 0) {
      const start = end + 2;
      end = head.indexOf('\r\n', start);
      const stop = end < 0 ? head.length : end;
      const colon = head.indexOf(':', start);
      if (colon <= start || colon >= stop || head.charCodeAt(start) <= 32) throw new NotSimpleError('not a header');
      const name = lowerCase(head.slice(start, colon));
      const value = head.slice(colon + 1, stop).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    return {
      status,
      headers,
      body: this.#isChunked(status, headers)
        ? nothing
        : this.#bodyOf(status, this.#lengthOf(status, headers['content-length'])),
      keepsAlive: !/\bclose\b/i.test(headers.connection ?? ''),
    };
  }

  #isChunked(status: number, headers: WireAnswer['headers']): boolean {
    const coding = headers['transfer-encoding'];
    if (coding === undefined || this.#comesAlone(status)) return false;
    // Both are never sent in good faith.
    if (coding.toLowerCase() !== 'chunked' || 'content-length' in headers)
      throw new NotSimpleError('a body of unknown form', status);
    this.#chunked = new ChunkedBody(this.memory, Math.max(this.longestBody, this.memory?.length ?? 0));
    return true;
  }

  #comesAlone(status: number): boolean {
    return this.withoutBody || status === 204 || status === 304;
  }

  #bodyOf(status: number, length: number): Buffer | WireBody {
    const { memory } = this;
    if (memory !== undefined && length <= memory.length) return memory.subarray(0, length);
    if (memory !== undefined && status < 300) return this.stream(memory, length);
    if (length > this.longestBody) throw new NotSimpleError('a long body', status);
    return Buffer.allocUnsafe(length);
  }

  #lengthOf(status: number, text: string | undefined): number {
    if (this.#comesAlone(status)) return 0;
    if (text === undefined || !/^\d{1,15}$/.test(text)) throw new NotSimpleError('a body of unknown length', status);
    return Number(text);
  }
}
