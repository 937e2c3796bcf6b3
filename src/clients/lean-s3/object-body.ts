import type { Readable } from 'node:stream';
import type { BodyCheck } from './body-check.js';
import { readAll } from './read-all.js';

/** Body of an object: to be read once, by one of the ways that the SDK's has too. A wrong checksum is met after the last byte. */
export class ObjectBody implements AsyncIterable<Buffer> {
  constructor(
    private readonly stream: Readable,
    private readonly check: BodyCheck | undefined,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const chunk of this.stream) {
      this.check?.update(chunk);
      yield chunk;
    }
    await this.check?.verify();
  }

  /** Lets the connection go, if there is something left to come. */
  destroy(error?: Error): void {
    this.stream.destroy(error);
  }

  async transformToByteArray(): Promise<Uint8Array> {
    return readAll(this);
  }

  async transformToString(encoding: BufferEncoding = 'utf8'): Promise<string> {
    return (await readAll(this)).toString(encoding);
  }
}
