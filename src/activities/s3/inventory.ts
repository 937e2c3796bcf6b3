import type { S3Client } from '@aws-sdk/client-s3';
import type { SourceObjects } from '../../domain/steps/s3-object.js';
import type { ProgressReporter } from '../heartbeat.js';
import { countObjects, listObjects, type SourceObject } from './list-objects.js';

/** Objects that are listed before the first is worked on; 10,000 take some 3 MB. */
const readAhead = 10_000;

/** What a step works through, and how much that is. */
export interface Inventory {
  objects: AsyncIterable<SourceObject>;
  /** Number of objects; undefined while a long source is still being counted. */
  count(): number | undefined;
}

/**
 * Lists a source. Its total is known at once up to 10,000 objects; a longer one is counted by a second listing that runs
 * beside the work, so that the list itself is never held in memory.
 */
export async function takeInventory(
  s3: S3Client,
  source: SourceObjects,
  progress: ProgressReporter,
  signal: AbortSignal,
  tolerateMissing = false,
): Promise<Inventory> {
  const listing = listObjects(s3, source, signal, tolerateMissing);
  const ahead: SourceObject[] = [];
  let over = false;
  while (!over && ahead.length < readAhead) {
    const { done, value } = await listing.next();
    if (done) over = true;
    else ahead.push(value);
  }
  let count: number | undefined;
  if (over) {
    count = ahead.length;
    progress.setTotal(ahead.reduce((bytes, object) => bytes + object.size, 0));
  } else if (source.keys === undefined) {
    // Its failure is of no interest: the listing that the work goes by meets the same.
    countObjects(s3, source, signal).then(
      (total) => {
        count = total.objects;
        progress.setTotal(total.bytes);
      },
      () => undefined,
    );
  }
  return { objects: chain(ahead, over ? undefined : listing), count: () => count };
}

async function* chain(ahead: SourceObject[], rest: AsyncIterable<SourceObject> | undefined) {
  yield* ahead.splice(0);
  if (rest !== undefined) yield* rest;
}
