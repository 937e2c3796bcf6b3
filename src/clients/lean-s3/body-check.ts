import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { headerOf, type LeanAnswer } from './lean-output.js';

/** Compares what was read of a body with what S3 said that it is. */
export interface BodyCheck {
  update(chunk: Uint8Array): void;
  /** @throws Error at a difference. */
  verify(): Promise<void>;
}

interface Checksum {
  update(chunk: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

/** Checksums of S3, the cheapest first. */
const algorithms: Record<string, () => Checksum> = {
  crc32: () => new Crc32(),
  crc32c: () => new Crc32c(),
  sha1: () => nodeHash('sha1'),
  sha256: () => nodeHash('sha256'),
  crc64nvme: () => new Crc64Nvme(),
};

/** The check for a body; undefined when S3 sent no checksum of it: of a range, and of an object of parts that has one of parts. */
export function checkOf(answer: LeanAnswer): BodyCheck | undefined {
  const header = headerOf(answer);
  for (const [name, create] of Object.entries(algorithms)) {
    const expected = header(`x-amz-checksum-${name}`);
    if (expected === undefined || /-\d+$/.test(expected) || answer.status !== 200) continue;
    const checksum = create();
    return {
      update: (chunk) => checksum.update(chunk),
      async verify() {
        const actual = Buffer.from(await checksum.digest()).toString('base64');
        if (actual === expected) return;
        const error = new Error(`the ${name} of the body is ${actual}, but S3 says ${expected}`);
        // Bytes that changed on their way: worth another try, as any fault of the network.
        throw Object.assign(error, { code: 'BAD_CHECKSUM' });
      },
    };
  }
  return undefined;
}

function nodeHash(name: string): Checksum {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest() };
}
