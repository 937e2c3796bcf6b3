/** What the next bytes of a frame are. */
type Part = 'magic' | 'skippable size' | 'descriptor' | 'rest of header' | 'block header' | 'content' | 'checksum';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const dictionaryIdBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];

/** Is this the magic number (little endian) of a zstd frame, or of one of the sixteen kinds of skippable frames? */
export function isZstdMagic(magic: number): boolean {
  return magic === frameMagic || (magic & 0xfffffff0) >>> 0 === skippableMagic;
}

/**
 * Walks over the frames of a zstd stream (RFC 8878, 3.1) without decompressing them. Node's decompressor stops after the first
 * frame when a second follows in the same write, and before Node 24 takes a stream that is cut off for a whole one; whoever
 * knows where frames end can mend both.
 */
export class ZstdFrameWalker {
  #part: Part = 'magic';
  /** Bytes of the part that are still to come. */
  #missing = 4;
  /** Bytes of the part so far, where they mean something. */
  readonly #field = Buffer.alloc(4);
  #fieldLength = 0;
  #lastBlock = false;
  #hasChecksum = false;

  /** Between two frames: only there may a stream end. */
  get betweenFrames(): boolean {
    return this.#part === 'magic' && this.#fieldLength === 0;
  }

  /**
   * Goes on over `chunk` from `at`; gives the index after the frame's last byte, or the length of the chunk.
   * @throws RangeError for what can't be a frame.
   */
  walk(chunk: Buffer, at: number): number {
    let index = at;
    while (index < chunk.length) {
      const taken = Math.min(this.#missing, chunk.length - index);
      if (this.#part !== 'content' && this.#part !== 'rest of header' && this.#part !== 'checksum') {
        chunk.copy(this.#field, this.#fieldLength, index, index + taken);
        this.#fieldLength += taken;
      }
      index += taken;
      this.#missing -= taken;
      while (this.#missing === 0) {
        [this.#part, this.#missing] = this.#partAfter();
        this.#fieldLength = 0;
        if (this.betweenFrames) return index;
      }
    }
    return index;
  }

  /** The part that follows the one that is complete now, and its length. */
  #partAfter(): [Part, number] {
    switch (this.#part) {
      case 'magic': {
        const magic = this.#field.readUInt32LE(0);
        if (!isZstdMagic(magic)) throw new RangeError('something that is not a zstd frame follows');
        return magic === frameMagic ? ['descriptor', 1] : ['skippable size', 4];
      }
      case 'skippable size':
        this.#lastBlock = true;
        this.#hasChecksum = false;
        return ['content', this.#field.readUInt32LE(0)];
      case 'descriptor': {
        const descriptor = this.#field[0] as number;
        const singleSegment = (descriptor & 0x20) !== 0;
        this.#hasChecksum = (descriptor & 0x04) !== 0;
        const contentSize = contentSizeBytes[descriptor >> 6] as number;
        const dictionaryId = dictionaryIdBytes[descriptor & 3] as number;
        return ['rest of header', dictionaryId + (singleSegment ? Math.max(contentSize, 1) : contentSize + 1)];
      }
      case 'block header': {
        const header = this.#field.readUIntLE(0, 3);
        const type = (header >> 1) & 3;
        if (type === 3) throw new RangeError('a zstd block of a reserved type');
        this.#lastBlock = (header & 1) === 1;
        return ['content', type === 1 ? 1 : header >> 3];
      }
      case 'content':
        if (!this.#lastBlock) return ['block header', 3];
        return this.#hasChecksum ? ['checksum', 4] : ['magic', 4];
      case 'rest of header':
        return ['block header', 3];
      case 'checksum':
        return ['magic', 4];
    }
  }
}

/**
 * Cuts the chunks of a zstd stream where frames end.
 * @throws RangeError for a stream that is cut off, or that is followed by something else.
 */
export async function* splitZstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const walker = new ZstdFrameWalker();
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const end = walker.walk(chunk, at);
      yield chunk.subarray(at, end);
      at = end;
    }
  }
  if (!walker.betweenFrames) throw new RangeError('the last zstd frame is cut off');
}
