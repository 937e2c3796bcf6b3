const MiB = 1024 * 1024;

/**
 * Bytes of the next part. Parts of 6 MiB, doubled after every thousand: the 10,000 parts that S3 allows then hold more than
 * the 5 TiB that it allows, and the first 5 GiB of an object need no more memory than small ones.
 */
export function partSize(partNumber: number): number {
  return 6 * MiB * 2 ** Math.floor((partNumber - 1) / 1000);
}

/** A part ends with the write that fills it, so its memory has room for one more. */
const usualWrite = 1.125 * MiB;

/** Memory that a part mostly needs. */
export const partBlockSize = partSize(1) + usualWrite;
