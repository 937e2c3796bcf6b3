import type { Manifest } from './manifest.js';
import { type FailedRecord, isFailedRecord, type Tolerance } from './tolerance.js';

/**
 * Puts all records into the manifest, counts those of failures, and passes the others on; in the order in which they come, and an empty
 * list where all of some had failed.
 * @param count of the objects, as far as it is known
 * @throws ApplicationFailure TooManyFailed; what the records throw
 */
export async function* doneRecords<R extends object>(
  records: AsyncIterable<(R | FailedRecord)[]>,
  manifest: Manifest<R | FailedRecord>,
  tolerance: Tolerance,
  count: () => number | undefined,
): AsyncGenerator<R[]> {
  for await (const ready of records) {
    await manifest.add(ready);
    const done: R[] = [];
    for (const record of ready) {
      if (isFailedRecord(record)) tolerance.add(record, count());
      else done.push(record);
    }
    yield done;
  }
}
