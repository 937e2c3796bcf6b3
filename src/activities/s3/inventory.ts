import type { S3Client } from '@aws-sdk/client-s3';
import type { SourceObjects } from '../../domain/steps/s3-object.js';
import type { ProgressReporter } from '../heartbeat.js';
import { listAhead } from './list-ahead.js';
import { countObjects, listObjects, type SourceObject } from './list-objects.js';

/** Objects that are listed ahead of the work; 10,000 take some 3 MB. */
const readAhead = 10_000;

/** What a step works through, and how much that is. */
export interface Inventory {
  /** In key order, in pages. */
  pages: AsyncIterable<SourceObject[]>;
  /** Number of objects; undefined while a long source is still being counted. */
  count(): number | undefined;
}

/**
 * Lists a source, beside the work; single keys are all looked for before it. Its total is known as soon as all is listed, if
 * no more than 10,000 objects had to wait for the work; that of a longer one is counted by a second listing, so that the list
 * itself is never held in memory.
 * @throws ApplicationFailure what the first page of the listing throws.
 */
export async function takeInventory(
  s3: S3Client,
  source: SourceObjects,
  progress: ProgressReporter,
  signal: AbortSignal,
  tolerateMissing = false,
): Promise<Inventory> {
  const listing = listObjects(s3, source, signal, tolerateMissing);
  let total: number | undefined;
  const setTotal = (count: number, bytes: number) => {
    total = count;
    progress.setTotal(bytes);
  };
  const count = () => total;
  if (source.keys !== undefined) {
    const objects: SourceObject[] = [];
    for await (const page of listing) objects.push(...page);
    setTotal(
      objects.length,
      objects.reduce((bytes, object) => bytes + object.size, 0),
    );
    return { pages: chain(objects), count };
  }
  const first = await listing.next();
  if (first.done) setTotal(0, 0);
  const pages = listAhead(chain(first.done ? [] : first.value, listing), readAhead, {
    whole: setTotal,
    // Its failure is of no interest: the listing that the work goes by meets the same.
    long: () =>
      void countObjects(s3, source, signal).then(
        (counted) => setTotal(counted.objects, counted.bytes),
        () => undefined,
      ),
  });
  return { pages, count };
}

async function* chain(first: SourceObject[], rest?: AsyncIterable<SourceObject[]>): AsyncGenerator<SourceObject[]> {
  yield first;
  if (rest !== undefined) yield* rest;
}
