import { BlockCompressor, type ByteSink, type Compression, compressionOfName } from './compression.js';
import { filterInto, type InspectedSource, inspectSource } from './filter-object.js';
import type { SourceObject } from './list-objects.js';
import { ObjectWriter } from './multipart-writer.js';
import type { TransformRecord, TransformRun } from './transform.js';

const lineFeed = 10;

/**
 * All sources one after the other as one object, in key order. A source that does not end with a line break gets one before
 * the next begins. With compression `same` the target's extension decides, and without one the first source.
 * A source that is empty, or that is left without a line, adds nothing; without any source there is no object.
 */
export async function* combineObjects(
  run: TransformRun,
  objects: AsyncIterable<SourceObject>,
  target: { bucket: string; key: string },
): AsyncGenerator<TransformRecord> {
  const { s3, rules, progress, signal } = run;
  const total = { bytesIn: 0, linesIn: 0, linesOut: 0 };
  let output: CombinedOutput | undefined;
  try {
    for await (const object of objects) {
      const source = await inspectSource(s3, object, signal, (bytes) => progress.add(bytes));
      output ??= openOutput(run, target, source);
      output.nextSource();
      const lines = await filterInto(source, rules, output);
      total.bytesIn += object.size;
      total.linesIn += lines.linesIn;
      total.linesOut += lines.linesOut;
      yield { key: object.key, targetKey: target.key, bytesIn: object.size, ...lines, sourceEtag: object.etag };
    }
    if (output === undefined) return;
    const written = await output.complete();
    yield {
      targetKey: target.key,
      ...total,
      bytesOut: written.bytes,
      sha256: written.sha256,
      targetEtag: written.etag,
    };
  } catch (error) {
    await output?.abort();
    throw error;
  }
}

function openOutput(run: TransformRun, target: { bucket: string; key: string }, first: InspectedSource) {
  const wanted = run.step.compression ?? 'same';
  const named = compressionOfName(target.key);
  const same = named === 'none' ? first.compression : named;
  const writer = new ObjectWriter(run.s3, target, { contentType: first.contentType }, run.signal);
  return new CombinedOutput(writer, wanted === 'same' ? same : wanted, target);
}

class CombinedOutput implements ByteSink {
  readonly #compressor: BlockCompressor | undefined;
  #lastByte = lineFeed;
  #atStart = false;

  constructor(
    private readonly writer: ObjectWriter,
    compression: Compression,
    target: { bucket: string; key: string },
  ) {
    this.#compressor = compression === 'none' ? undefined : new BlockCompressor(writer, compression, target);
  }

  nextSource(): void {
    this.#atStart = true;
  }

  async write(chunk: Buffer): Promise<void> {
    const sink = this.#compressor ?? this.writer;
    if (this.#atStart && this.#lastByte !== lineFeed) await sink.write(Buffer.from('\n'));
    this.#atStart = false;
    this.#lastByte = chunk[chunk.length - 1] as number;
    await sink.write(chunk);
  }

  async complete() {
    await this.#compressor?.end();
    return this.writer.complete();
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }
}
