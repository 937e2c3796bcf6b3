import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

/** A log above this is set aside when its component starts; one older is kept. */
const maxBytes = 10 * 1024 * 1024;
const tailBytes = 64 * 1024;

/** Opens a log to append to; the descriptor is the caller's. */
export function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** The last lines of a log, oldest first; none when it can't be read. */
export function tailOf(file: string, lines = 20): string[] {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, tailBytes));
      readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8').trimEnd().split('\n').slice(-lines);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return [];
  }
}
