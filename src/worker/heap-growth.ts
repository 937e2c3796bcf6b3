import { setFlagsFromString } from 'node:v8';

/** Percent by which the heap may grow over what was alive at the last full collection. */
const growingPercent = 40;

/**
 * Keeps a worker's memory near what it needs. By default V8 lets garbage grow to several times that before it looks, which
 * for many small requests is hundreds of megabytes; collecting earlier costs no time that could be measured
 * (`bench/memory.mjs`). V8 reads the flag at every collection, so it may be set while the process runs.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}
