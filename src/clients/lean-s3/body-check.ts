import { createHash, hash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import type { LeanAnswer } from './lean-output.js';
import { crc32InBase64 } from './request-form.js';

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

/** A checksum of S3. */
interface Algorithm {
  name: string;
  header: string;
  create: () => Checksum;
  /** Base64 of the checksum of bytes that are all there. */
  ofWhole?: (bytes: Buffer) => string;
}

/** The cheapest first. */
const algorithms: readonly Algorithm[] = [
  { ...named('crc32'), create: () => new Crc32(), ofWhole: crc32InBase64 },
  { ...named('crc32c'), create: () => new Crc32c() },
  { ...named('sha1'), create: () => nodeHash('sha1'), ofWhole: (bytes) => hash('sha1', bytes, 'base64') },
  { ...named('sha256'), create: () => nodeHash('sha256'), ofWhole: (bytes) => hash('sha256', bytes, 'base64') },
  { ...named('crc64nvme'), create: () => new Crc64Nvme() },
];

/** The check for a body that is still to come; undefined when S3 sent no checksum of it. */
export function checkOf(answer: LeanAnswer): BodyCheck | undefined {
  const known = checksumOf(answer);
  if (known === undefined) return undefined;
  const checksum = known.algorithm.create();
  return {
    update: (chunk) => checksum.update(chunk),
    async verify() {
      compare(known, Buffer.from(await checksum.digest()).toString('base64'));
    },
  };
}

/**
 * Checks a body that is all there: at once where that can be.
 * @throws Error when it is not what the checksum that came with it says; the promise rejects with it
 */
export function checkWhole(answer: LeanAnswer, body: Buffer): Promise<void> | undefined {
  const known = checksumOf(answer);
  if (known === undefined) return undefined;
  const { create, ofWhole } = known.algorithm;
  if (ofWhole !== undefined) {
    compare(known, ofWhole(body));
    return undefined;
  }
  const checksum = create();
  checksum.update(body);
  return checksum.digest().then((digest) => compare(known, Buffer.from(digest).toString('base64')));
}

interface Known {
  algorithm: Algorithm;
  expected: string;
}

/** What S3 said; nothing of a range, or of an object of parts that has a checksum of parts. */
function checksumOf({ status, headers }: LeanAnswer): Known | undefined {
  if (status !== 200) return undefined;
  for (const algorithm of algorithms) {
    const expected = headers[algorithm.header];
    if (typeof expected === 'string' && !/-\d+$/.test(expected)) return { algorithm, expected };
  }
  return undefined;
}

function compare({ algorithm, expected }: Known, actual: string): void {
  if (actual === expected) return;
  const error = new Error(`the ${algorithm.name} of the body is ${actual}, but S3 says ${expected}`);
  // Bytes that changed on their way: worth another try, as any fault of the network.
  throw Object.assign(error, { code: 'BAD_CHECKSUM' });
}

function named(name: string) {
  return { name, header: `x-amz-checksum-${name}` };
}

function nodeHash(name: string): Checksum {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest() };
}
