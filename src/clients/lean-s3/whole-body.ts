import { Readable } from 'node:stream';
import type { SdkStreamMixin } from '@smithy/types';

/** A body that is in memory already, as the SDK gives one. */
export class WholeBody extends Readable implements SdkStreamMixin {
  constructor(private readonly bytes: Buffer) {
    super({ highWaterMark: bytes.length });
    this.push(bytes);
    this.push(null);
  }

  override _read(): void {
    // All of it was pushed already.
  }

  async transformToByteArray(): Promise<Uint8Array> {
    return this.bytes;
  }

  async transformToString(encoding = 'utf8'): Promise<string> {
    return new TextDecoder(encoding).decode(this.bytes);
  }

  transformToWebStream(): ReadableStream {
    return Readable.toWeb(this) as ReadableStream;
  }
}
