import { OutputBlock } from './output-block.js';

/**
 * Bytes that are read and filtered at once: few enough that they are still in the processor's own cache when they are looked at.
 * With 1 MiB a machine that others use too took up to twice the time.
 */
export const blockBytes = 256 * 1024;

/**
 * Cuts a content, of which `source` gives what begins at byte `from`, at its multiples of 256 KiB. Where blocks end does so not
 * depend on how the bytes came over the network nor on where reading began: the same content makes the same output parts.
 * Each block is only right until the next is asked for: it may be the source's memory, and others are all the same.
 * @param size bytes of all of the content, if that is known.
 */
export async function* blocks(source: AsyncIterable<Buffer>, from = 0, size?: number): AsyncGenerator<Buffer> {
  /** Of pieces that are no blocks by themselves. */
  let block: OutputBlock | undefined;
  let offset = from;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const gathered = block?.length ?? 0;
      const boundary = offset - gathered - ((offset - gathered) % blockBytes) + blockBytes;
      const stop = size !== undefined && offset < size ? Math.min(boundary, size) : boundary;
      const end = Math.min(chunk.length, at + stop - offset);
      const isWhole = offset + end - at === stop;
      offset += end - at;
      if (isWhole && gathered === 0) {
        yield chunk.subarray(at, end);
      } else {
        block ??= new OutputBlock(Math.min(size ?? blockBytes, blockBytes));
        block.append(chunk, at, end);
        if (isWhole) {
          yield block.bytes;
          block.clear();
        }
      }
      at = end;
    }
  }
  if (block !== undefined && block.length > 0) yield block.bytes;
}

/** The content without its first `count` bytes. */
export async function* skipBytes(source: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of source) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
