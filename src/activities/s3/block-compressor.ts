import { availableParallelism } from 'node:os';
import type { ByteSink, Mark } from './byte-sink.js';
import { type Compress, type Compression, compressorOf } from './compression.js';
import type { Place } from './failures.js';
import { OutputBlock } from './output-block.js';

/** Bytes that become one gzip member or zstd frame. Larger ones would compress hardly better. */
const blockBytes = 1024 * 1024;

/**
 * Compresses blocks of 1 MiB as gzip members or zstd frames of their own and writes them in order. The blocks are compressed
 * in Node's thread pool, as many at once as there are processors: one stream would use one. Where a block ends depends on the
 * bytes before it since the last mark that came through, and on nothing else.
 */
export class BlockCompressor<M> implements ByteSink<M> {
  #block = new OutputBlock();
  /** Blocks that were compressed and whose memory can be used again. */
  readonly #free: OutputBlock[] = [];
  #mark: Mark<M> | undefined;
  #written = false;
  readonly #inFlight: { compressed: Promise<Buffer>; mark: Mark<M> | undefined }[] = [];
  readonly #compress: Compress;

  /** @throws ApplicationFailure UnsupportedCompression for zstd before Node 22.15. */
  constructor(
    private readonly sink: ByteSink<M>,
    compression: Exclude<Compression, 'none'>,
    place: Place,
    /** Something was written by an earlier attempt. */
    written = false,
  ) {
    this.#compress = compressorOf(compression, place);
    this.#written = written;
  }

  async write(chunk: Buffer, mark?: Mark<M>): Promise<void> {
    this.#block.append(chunk);
    this.#mark = mark ?? this.#mark;
    if (this.#block.length >= blockBytes) await this.#startBlock();
  }

  /** Writes what is left. An empty content becomes an empty member, so that it is valid too. */
  async end(): Promise<void> {
    if (this.#block.length > 0 || !this.#written) await this.#startBlock();
    while (this.#inFlight.length > 0) await this.#writeOldest();
    await this.sink.write(Buffer.alloc(0), this.#mark);
  }

  async #startBlock(): Promise<void> {
    const block = this.#block;
    this.#block = this.#free.pop() ?? new OutputBlock(this.#written ? blockBytes : 0);
    const compressed = this.#compress(block.bytes).finally(() => {
      block.clear();
      this.#free.push(block);
    });
    this.#written = true;
    // Its failure is met when its turn to be written comes, which may be too late for Node.
    compressed.catch(() => undefined);
    this.#inFlight.push({ compressed, mark: this.#mark });
    if (this.#inFlight.length > availableParallelism()) await this.#writeOldest();
  }

  async #writeOldest(): Promise<void> {
    const oldest = this.#inFlight.shift();
    if (oldest !== undefined) await this.sink.write(await oldest.compressed, oldest.mark);
  }
}
