import { z } from 'zod';
import { filterPosition } from './filter-object.js';
import type { FinishedUpload, OpenUpload } from './journal-recovery.js';
import type { SourceObject } from './list-objects.js';

/** A source that was read to its end. */
const sourceRecord = z.object({
  key: z.string(),
  bytesIn: z.int().nonnegative(),
  linesIn: z.int().nonnegative(),
  linesOut: z.int().nonnegative(),
  sourceEtag: z.string(),
});
export type SourceRecord = z.output<typeof sourceRecord>;

/** Where a combined output stands after a part of it. */
export const combinedMark = z.object({
  compression: z.enum(['gzip', 'zstd', 'none']),
  /** Sources that were finished since the part before. */
  records: z.array(sourceRecord),
  /** The source that is being read, and how far. */
  current: z.object({ key: z.string(), etag: z.string(), position: filterPosition, hasOutput: z.boolean() }),
  /** The output so far ends with a line break, or is empty. */
  endsLine: z.boolean(),
});
export type CombinedMark = z.output<typeof combinedMark>;

type Earlier = OpenUpload<CombinedMark> | FinishedUpload<CombinedMark>;

interface Matched {
  /** Absent when there is none, or when it was made of other sources than there are now. */
  earlier: Earlier | undefined;
  /** Sources that need not be read again. */
  records: SourceRecord[];
  /** Those that do; the first one maybe only in part. */
  rest: AsyncIterable<SourceObject>;
}

/** Holds what an earlier attempt worked through against the sources of now: only if they are the same it can be gone on with. */
export async function matchEarlier(
  earlier: Earlier | undefined,
  objects: AsyncIterable<SourceObject>,
): Promise<Matched> {
  const last = earlier?.marks.at(-1);
  if (earlier === undefined || last === undefined) return { earlier: undefined, records: [], rest: objects };
  const records = earlier.marks.flatMap((mark) => mark.records);
  const expected = [...records.map(({ key, sourceEtag }) => ({ key, etag: sourceEtag })), last.current];
  const iterator = objects[Symbol.asyncIterator]();
  const seen: SourceObject[] = [];
  let same = true;
  for (const { key, etag } of expected) {
    const { done, value } = await iterator.next();
    if (!done) seen.push(value);
    same = !done && value.key === key && value.etag === etag;
    if (!same) break;
  }
  if (same && earlier.state === 'finished') {
    const { done, value } = await iterator.next();
    const { linesIn, linesOut } = last.current.position;
    if (done) {
      const { key, size, etag } = seen.at(-1) as SourceObject;
      records.push({ key, bytesIn: size, linesIn, linesOut, sourceEtag: etag });
      return { earlier, records, rest: chain([], iterator) };
    }
    seen.push(value);
    same = false;
  }
  if (!same) return { earlier: undefined, records: [], rest: chain(seen, iterator) };
  return { earlier, records, rest: chain(seen.slice(-1), iterator) };
}

async function* chain(seen: SourceObject[], rest: AsyncIterator<SourceObject>): AsyncGenerator<SourceObject> {
  yield* seen;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    yield value;
  }
}

export function recordedBytes(records: readonly SourceRecord[]): number {
  return records.reduce((bytes, record) => bytes + record.bytesIn, 0);
}
