import { setMaxListeners } from 'node:events';

/** How much goes on at once. */
export interface Concurrency<T> {
  /** Items under way at once. */
  items: number;
  /** Sum of the weights under way at once; an item heavier than all of it goes alone. */
  capacity: number;
  weight: (item: T) => number;
  /** Items that may be started, or done and waiting for one before them. */
  window: number;
}

/** An item that was started: its result, once there is one. */
interface Slot<R> {
  result?: R;
  isDone: boolean;
}

/**
 * Maps items, which come in pages, concurrently and yields the results in the order of the items, as many at a time as are ready
 * when there is nothing to do but wait. They are started in that order too: a heavy one that has to wait is not passed by light
 * ones, of which there may always be more. One slow item does not hold the others until the window is full, which bounds the
 * results in memory; unless it leaves no room for the heaviest of them. When one fails, or the reader leaves, the others are aborted
 * and waited for.
 */
export async function* mapOrdered<T, R>(
  pages: AsyncIterable<readonly T[]>,
  concurrency: Concurrency<T>,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R[]> {
  const stop = new AbortController();
  const linked = AbortSignal.any([signal, stop.signal]);
  // Every request under way listens to it.
  setMaxListeners(Infinity, linked);
  /** In the order of the items; those that are not handed on yet. */
  const slots: Slot<R>[] = [];
  let failure: { error: unknown } | undefined;
  let running = 0;
  let load = 0;
  let wake = () => {};

  const start = (item: T, weight: number) => {
    const slot: Slot<R> = { isDone: false };
    running += 1;
    load += weight;
    slots.push(slot);
    const over = () => {
      running -= 1;
      load -= weight;
      wake();
    };
    work(item, linked).then(
      (result) => {
        slot.result = result;
        slot.isDone = true;
        over();
      },
      (error: unknown) => {
        failure ??= { error };
        over();
      },
    );
  };
  const somethingSettles = () => new Promise<void>((resolve) => (wake = resolve));
  const takeReady = (): R[] => {
    const waiting = slots.findIndex((slot) => !slot.isDone);
    return slots.splice(0, waiting < 0 ? slots.length : waiting).map((slot) => slot.result as R);
  };

  try {
    for await (const page of pages) {
      for (const item of page) {
        const weight = concurrency.weight(item);
        const isFull = () =>
          running >= concurrency.items ||
          (running > 0 && load + weight > concurrency.capacity) ||
          slots.length >= concurrency.window;
        while (isFull()) {
          if (failure !== undefined) throw failure.error;
          const ready = takeReady();
          if (ready.length > 0) yield ready;
          else await somethingSettles();
        }
        if (failure !== undefined) throw failure.error;
        start(item, weight);
      }
      // The next page may be long in coming.
      const ready = takeReady();
      if (ready.length > 0) yield ready;
    }
    while (slots.length > 0) {
      if (failure !== undefined) throw failure.error;
      const ready = takeReady();
      if (ready.length > 0) yield ready;
      else await somethingSettles();
    }
  } finally {
    stop.abort(new Error('another object of the step failed'));
    while (running > 0) await somethingSettles();
  }
}
