/** Bytes that are filtered at once. */
export const blockBytes = 1024 * 1024;

/**
 * Cuts a content, of which `source` gives what begins at byte `from`, at its multiples of 1 MiB. Where blocks end does so not
 * depend on how the bytes came over the network nor on where reading began: the same content makes the same output parts.
 */
export async function* blocks(source: AsyncIterable<Buffer>, from = 0): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let gathered = 0;
  let wanted = blockBytes - (from % blockBytes);
  for await (const chunk of source) {
    let at = 0;
    while (chunk.length - at >= wanted - gathered) {
      const end = at + wanted - gathered;
      yield join(pieces, chunk.subarray(at, end), wanted);
      at = end;
      pieces = [];
      gathered = 0;
      wanted = blockBytes;
    }
    if (at === chunk.length) continue;
    pieces.push(chunk.subarray(at));
    gathered += chunk.length - at;
  }
  const last = pieces.pop();
  if (last !== undefined) yield join(pieces, last, gathered);
}

function join(pieces: Buffer[], last: Buffer, length: number): Buffer {
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last], length);
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
