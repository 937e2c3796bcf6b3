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

/**
 * Maps items concurrently and yields the results in the order of the items. One slow item does not hold the others until the
 * window is full. When one fails, or the reader leaves, the others are aborted and waited for.
 */
export async function* mapOrdered<T, R>(
  items: AsyncIterable<T>,
  concurrency: Concurrency<T>,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const stop = new AbortController();
  const linked = AbortSignal.any([signal, stop.signal]);
  // Every request under way listens to it.
  setMaxListeners(Infinity, linked);
  const started: Promise<R>[] = [];
  const settled = new WeakSet<Promise<R>>();
  let failure: { error: unknown } | undefined;
  let running = 0;
  let load = 0;
  let wake = () => {};

  const start = (item: T, weight: number) => {
    running += 1;
    load += weight;
    const task = work(item, linked);
    started.push(task);
    const done = () => {
      running -= 1;
      load -= weight;
      settled.add(task);
      wake();
    };
    task.then(done, (error: unknown) => {
      failure ??= { error };
      done();
    });
  };
  const somethingSettles = () => new Promise<void>((resolve) => (wake = resolve));
  const headIsReady = () => started[0] !== undefined && settled.has(started[0]);
  const next = () => started.shift() as Promise<R>;

  try {
    for await (const item of items) {
      const weight = concurrency.weight(item);
      const isFull = () =>
        running >= concurrency.items ||
        (running > 0 && load + weight > concurrency.capacity) ||
        started.length >= concurrency.window;
      while (headIsReady() || isFull()) {
        if (failure !== undefined) throw failure.error;
        if (headIsReady()) yield await next();
        else await somethingSettles();
      }
      if (failure !== undefined) throw failure.error;
      start(item, weight);
    }
    while (started.length > 0) {
      if (failure !== undefined) throw failure.error;
      if (headIsReady()) yield await next();
      else await somethingSettles();
    }
  } finally {
    stop.abort(new Error('another object of the step failed'));
    await Promise.allSettled(started);
  }
}
