import { BlockCompressor } from './block-compressor.js';
import type { ByteSink, Mark } from './byte-sink.js';
import type { CombinedMark, SourceRecord } from './combined-mark.js';
import type { Compression } from './compression.js';
import type { Journal } from './journal.js';
import type { OpenUpload } from './journal-recovery.js';
import { lineFeed } from './line-bounds.js';
import { type FilterPosition, startOfContent } from './line-filter.js';
import type { SourceObject } from './list-objects.js';
import { ObjectWriter } from './object-writer.js';
import type { ObjectHeaders, WriterContext, WrittenObject } from './written-object.js';

const lineBreak = Buffer.from('\n');

/** One object out of many sources, with the marks that tell how far in which of them a part goes. */
export class CombinedOutput implements ByteSink<FilterPosition> {
  readonly #writer: ObjectWriter<CombinedMark>;
  readonly #compressor: BlockCompressor<CombinedMark> | undefined;
  #endsLine: boolean;
  #current: { key: string; etag: string } = { key: '', etag: '' };
  #hasOutput = false;
  /** Those that no part tells of yet. */
  #records: SourceRecord[] = [];
  #recordsTold = 0;

  constructor(
    context: WriterContext,
    target: { bucket: string; key: string },
    headers: ObjectHeaders,
    private readonly compression: Compression,
    journal: Journal<CombinedMark>,
    earlier: OpenUpload<CombinedMark> | undefined,
  ) {
    const last = earlier?.marks.at(-1);
    this.#endsLine = last?.endsLine ?? true;
    const start = last === undefined ? this.#mark(startOfContent) : () => last;
    this.#writer = new ObjectWriter(context, target, headers, journal, start, earlier);
    this.#compressor =
      compression === 'none'
        ? undefined
        : new BlockCompressor(this.#writer, compression, target, earlier !== undefined);
  }

  /** Gives the position to begin at when an earlier attempt left off in this source. */
  beginSource({ key, etag }: SourceObject, earlier: CombinedMark | undefined): FilterPosition | undefined {
    this.#current = { key, etag };
    this.#hasOutput = earlier?.current.hasOutput ?? false;
    return earlier?.current.position;
  }

  endSource(record: SourceRecord): void {
    this.#records.push(record);
  }

  /** Takes the next lines of the source that was begun last; `position` is where it stands after them. */
  async write(chunk: Buffer, position: Mark<FilterPosition>): Promise<void> {
    const needsBreak = chunk.length > 0 && !this.#hasOutput && !this.#endsLine;
    const bytes = needsBreak ? Buffer.concat([lineBreak, chunk]) : chunk;
    if (chunk.length > 0) {
      this.#hasOutput = true;
      this.#endsLine = chunk[chunk.length - 1] === lineFeed;
    }
    await (this.#compressor ?? this.#writer).write(bytes, this.#mark(position()));
  }

  async complete(): Promise<WrittenObject> {
    await this.#compressor?.end();
    return this.#writer.complete();
  }

  settle(): Promise<void> {
    return this.#writer.settle();
  }

  /** As it stands now; the sources that were finished since the part before are told by the first part that ends after them. */
  #mark(position: FilterPosition): Mark<CombinedMark> {
    const current = { ...this.#current, position, hasOutput: this.#hasOutput };
    const endsLine = this.#endsLine;
    const count = this.#recordsTold + this.#records.length;
    return () => {
      const records = this.#records.splice(0, count - this.#recordsTold);
      this.#recordsTold = count;
      return { compression: this.compression, records, current, endsLine };
    };
  }
}
