/** All bytes of a stream, in one piece. */
export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  return (await readAll(stream)).toString();
}
