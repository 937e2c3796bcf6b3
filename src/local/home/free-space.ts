import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { AlmanacError } from '../../domain/errors.js';

/** Temporal's database and the sample data take about 40 MB at first. */
const neededBytes = 64 * 1024 * 1024;

/** @throws AlmanacError `failed` when the disk that the folder is on, or will be on, is all but full */
export function checkFreeSpace(folder: string): void {
  let existing = folder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  if (bavail * bsize >= neededBytes) return;
  throw new AlmanacError('failed', fullDisk(folder, `only ${Math.floor((bavail * bsize) / 1024 ** 2)} MB are free`));
}

/** The words for a full disk, wherever it shows. */
export function fullDisk(folder: string, found = 'no space is left'): string {
  return (
    `the disk of ${folder} is full: ${found}, ${neededBytes / 1024 ** 2} MB are needed. ` +
    'Free some space, or set ALMANAC_HOME to a folder on another disk'
  );
}
