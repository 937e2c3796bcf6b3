import type { SourceObject } from './list-objects.js';

/** What is told about a listing while it goes on. */
export interface ListingObserver {
  /** All was listed before `most` objects had to wait. */
  whole(count: number, bytes: number): void;
  /** So many objects wait that the listing waits too. */
  long(): void;
}

/**
 * Lists beside whoever works on the objects, up to `most` of them and a page ahead: the pages of a listing come one after the other,
 * and nobody need wait for the last to begin with the first.
 */
export async function* listAhead(
  pages: AsyncIterable<SourceObject[]>,
  most: number,
  observer: ListingObserver,
): AsyncGenerator<SourceObject[]> {
  const waiting: SourceObject[][] = [];
  let waitingObjects = 0;
  let isLong = false;
  let stopped = false;
  let wakeLister = () => {};
  let wakeReader = () => {};

  const list = async () => {
    let count = 0;
    let bytes = 0;
    for await (const page of pages) {
      waiting.push(page);
      waitingObjects += page.length;
      count += page.length;
      for (const object of page) bytes += object.size;
      wakeReader();
      while (waitingObjects >= most && !stopped) {
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
      const page = waiting.shift();
      if (page !== undefined) {
        waitingObjects -= page.length;
        wakeLister();
        yield page;
      } else if (outcome !== undefined) {
        break;
      } else {
        await new Promise<void>((resolve) => (wakeReader = resolve));
      }
    }
    if ('error' in outcome) throw outcome.error;
  } finally {
    stopped = true;
    wakeLister();
  }
}
