const MiB = 1024 * 1024;

/** So many parts are of the first size. */
const firstParts = 400;

/**
 * Bytes of the next part. 6 MiB for a start: objects of up to 2 GiB need no more memory than small ones. Then 12 MiB, doubled after
 * every thousand, so that the 10,000 parts that S3 allows hold more than the 5 TiB that it allows. The early step is for S3 servers
 * that keep a list of the parts in a file attribute: versitygw on ext4 has room for some 750 of them, which are 6.4 GiB by this.
 */
export function partSize(partNumber: number): number {
  return partNumber <= firstParts ? 6 * MiB : 12 * MiB * 2 ** Math.floor((partNumber - 1) / 1000);
}

/** A part ends with the write that fills it, so its memory has room for one more. */
const usualWrite = 1.125 * MiB;

/** Memory that a part mostly needs. */
export function partBlockSize(partNumber = 1): number {
  return partSize(partNumber) + usualWrite;
}
