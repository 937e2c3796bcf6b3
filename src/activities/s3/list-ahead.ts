import type { SourceObject } from './list-objects.js';

/** What is told about a listing while it goes on. */
export interface ListingObserver {
  /** All was listed before `most` objects had to wait. */
  whole(count: number, bytes: number): void;
  /** So many objects wait that the listing waits too. */
  long(): void;
}

/**
 * Lists beside whoever works on the objects, up to `most` of them ahead: the pages of a listing come one after the other, and
 * nobody need wait for the last to begin with the first.
 */
export async function* listAhead(
  listing: AsyncGenerator<SourceObject>,
  most: number,
  observer: ListingObserver,
): AsyncGenerator<SourceObject> {
  let waiting: SourceObject[] = [];
  let isLong = false;
  let stopped = false;
  let wakeLister = () => {};
  let wakeReader = () => {};

  const list = async () => {
    let count = 0;
    let bytes = 0;
    for await (const object of listing) {
      waiting.push(object);
      count += 1;
      bytes += object.size;
      wakeReader();
      while (waiting.length >= most && !stopped) {
        if (!isLong) observer.long();
        isLong = true;
        await new Promise<void>((resolve) => (wakeLister = resolve));
      }
      if (stopped) return;
    }
    if (!isLong) observer.whole(count, bytes);
  };

  let outcome: { error?: unknown } | undefined;
  list().then(
    () => {
      outcome = {};
      wakeReader();
    },
    (error: unknown) => {
      outcome = { error };
      wakeReader();
    },
  );
  try {
    for (;;) {
      const ready = waiting;
      waiting = [];
      wakeLister();
      yield* ready;
      if (waiting.length > 0) continue;
      if (outcome !== undefined) break;
      await new Promise<void>((resolve) => (wakeReader = resolve));
    }
    if ('error' in outcome) throw outcome.error;
  } finally {
    stopped = true;
    wakeLister();
  }
}
