import { expect, test, vi } from 'vitest';
import { mapOrdered } from '../../../src/activities/s3/map-ordered.js';

/** In pages of three. */
async function* range(count: number) {
  for (let item = 0; item < count; item += 3) yield [item, item + 1, item + 2].slice(0, count - item);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const never = new AbortController().signal;
const limits = { items: 4, capacity: 10, weight: () => 1, window: 8 };

async function collect<R>(results: AsyncIterable<R[]>): Promise<R[]> {
  const all: R[] = [];
  for await (const ready of results) all.push(...ready);
  return all;
}

test('results come in the order of the items, however long each takes', async () => {
  const results = mapOrdered(range(30), limits, never, async (item) => {
    await sleep((item * 7) % 5);
    return item;
  });
  expect(await collect(results)).toEqual(Array.from({ length: 30 }, (_, item) => item));
});

test('never more than allowed by number, by weight, or ahead of the slowest', async () => {
  let running = 0;
  let load = 0;
  let finished = 0;
  const peak = { running: 0, load: 0, ahead: 0, alone: true };
  const weight = (item: number) => (item === 5 ? 99 : 4);
  let slowIsOver = false;
  await collect(
    mapOrdered(range(40), { ...limits, weight }, never, async (item) => {
      running += 1;
      load += weight(item);
      peak.running = Math.max(peak.running, running);
      if (item !== 5) peak.load = Math.max(peak.load, load);
      if (item === 5) peak.alone = running === 1;
      await sleep(2);
      if (item === 10) {
        while (finished < 7) await sleep(1);
        await sleep(20);
        slowIsOver = true;
      }
      if (item > 10 && !slowIsOver) peak.ahead = Math.max(peak.ahead, ++finished);
      running -= 1;
      load -= weight(item);
    }),
  );
  expect(peak).toEqual({ running: 2, load: 8, ahead: 7, alone: true });
});

test('a slow heavy item holds neither light ones nor a heavy one, and a heavy one that waits is not passed', async () => {
  const heavy = new Set([0, 3, 6]);
  const weight = (item: number) => (heavy.has(item) ? 4 : 1);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const started: number[] = [];
  const done = new Set<number>();
  const whole = collect(
    mapOrdered(range(30), { items: 6, capacity: 10, weight, window: 40 }, never, async (item) => {
      started.push(item);
      await (item === 0 ? released : sleep(item % 3));
      done.add(item);
      return item;
    }),
  );
  await vi.waitFor(() => expect(done.size).toBe(29));
  expect(done.has(0)).toBe(false);
  release();
  const all = Array.from({ length: 30 }, (_, item) => item);
  expect(await whole).toEqual(all);
  expect(started).toEqual(all);
});

test('one failure aborts the others and waits for them', async () => {
  const aborted: number[] = [];
  const results = mapOrdered(range(10), limits, never, async (item, signal) => {
    if (item === 2) throw new Error('item 2');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await sleep(5);
    aborted.push(item);
  });
  await expect(collect(results)).rejects.toThrow('item 2');
  expect(aborted).toEqual([0, 1]);
});

test('a failure of the list of items ends the work too', async () => {
  async function* broken() {
    yield [1];
    throw new Error('the list');
  }
  const results = mapOrdered(broken(), limits, never, async (_, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  await expect(collect(results)).rejects.toThrow('the list');
});

test('what is done is handed on while the rest goes on, and an empty page is nothing', async () => {
  async function* pages() {
    yield [0, 1];
    yield [];
    yield [2, 3, 4, 5, 6, 7, 8, 9];
  }
  let released = () => {};
  const release = new Promise<void>((resolve) => (released = resolve));
  const results = mapOrdered(pages(), limits, never, async (item) => {
    if (item === 5) await release;
    return item;
  });
  const before: number[] = [];
  while (before.at(-1) !== 4) before.push(...((await results.next()).value as number[]));
  expect(before).toEqual([0, 1, 2, 3, 4]);
  released();
  expect(await collect(results)).toEqual([5, 6, 7, 8, 9]);
});

test('a reader that leaves aborts what is under way and waits for it', async () => {
  let aborted = 0;
  const results = mapOrdered(range(10), limits, never, async (item, signal) => {
    if (item === 0) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await sleep(5);
    aborted += 1;
  });
  await results.next();
  await results.return(undefined);
  expect(aborted).toBe(4);
});
