/** All bytes of a body, in one piece. */
export async function readAll(body: AsyncIterable<Buffer> | Buffer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

export async function textOf(body: AsyncIterable<Buffer> | Buffer): Promise<string> {
  return (await readAll(body)).toString();
}
