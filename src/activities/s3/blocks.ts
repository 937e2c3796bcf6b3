import { OutputBlock } from './output-block.js';

/** Bytes that are filtered at once. */
export const blockBytes = 1024 * 1024;

/**
 * Cuts a content, of which `source` gives what begins at byte `from`, at its multiples of 1 MiB. Where blocks end does so not
 * depend on how the bytes came over the network nor on where reading began: the same content makes the same output parts.
 * Each block is only right until the next is asked for: they are all the same memory.
 * @param expected bytes that will come, if that is known.
 */
export async function* blocks(source: AsyncIterable<Buffer>, from = 0, expected = blockBytes): AsyncGenerator<Buffer> {
  const block = new OutputBlock(Math.min(expected, blockBytes));
  let wanted = blockBytes - (from % blockBytes);
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + wanted - block.length);
      block.append(chunk, at, end);
      at = end;
      if (block.length < wanted) continue;
      yield block.bytes;
      block.clear();
      wanted = blockBytes;
    }
  }
  if (block.length > 0) yield block.bytes;
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
