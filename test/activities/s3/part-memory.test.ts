import { describe, expect, test } from 'vitest';
import { PartMemory } from '../../../src/activities/s3/part-memory.js';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('memory for parts', () => {
  test('an output may have all of it while it is the only one', async () => {
    const lease = new PartMemory(3, 10).lease(never);
    await lease.begin();
    const blocks = [lease.next(), lease.next(), lease.next()];
    expect(new Set(blocks).size).toBe(3);
    expect(lease.next()).toBeUndefined();
    lease.done(blocks[1] as NonNullable<(typeof blocks)[1]>);
    expect(lease.next()).toBe(blocks[1]);
  });

  test('beside others it leaves one block, even before they want it', async () => {
    const memory = new PartMemory(3, 10);
    const [slow, other] = [memory.lease(never), memory.lease(never)];
    await slow.begin();
    expect([slow.next(), slow.next(), slow.next()].map((block) => block !== undefined)).toEqual([true, true, false]);
    await other.begin();
    other.end();
    expect(slow.next()).toBeDefined();
  });

  test('blocks that an output does not use just now go to whoever wants them, but for its last', async () => {
    const memory = new PartMemory(3, 10);
    const slow = memory.lease(never);
    await slow.begin();
    const blocks = [slow.next(), slow.next()];
    for (const block of blocks) slow.done(block as NonNullable<(typeof blocks)[0]>);
    const others = [memory.lease(never), memory.lease(never)];
    for (const other of others) await other.begin();
    expect(blocks).toContain(others[1]?.next());
    expect(memory.take()).toBeUndefined();
    expect(blocks).toContain(slow.next());
    expect(slow.next()).toBeUndefined();
  });

  test('what one has more than one block of goes to the next who waits, in the order of asking', async () => {
    const memory = new PartMemory(3, 10);
    const first = memory.lease(never);
    await first.begin();
    const own = first.next();
    const more = first.next();
    await memory.lease(never).begin();
    const began: number[] = [];
    const others = [1, 2].map(async (number) => {
      const lease = memory.lease(never);
      await lease.begin();
      began.push(number);
      return lease;
    });
    await settled();
    expect(began).toEqual([]);
    if (more !== undefined) first.done(more);
    await settled();
    expect(began).toEqual([1]);
    if (own !== undefined) first.done(own);
    await settled();
    expect(began).toEqual([1]); // the last block of an output stays its own
    expect(first.next()).toBe(own);
    first.end();
    expect(await Promise.all(others)).toHaveLength(2);
    expect(began).toEqual([1, 2]);
  });

  test('who is cancelled no longer waits, and nothing is lost', async () => {
    const memory = new PartMemory(1, 10);
    const holder = memory.lease(never);
    await holder.begin();
    const stop = new AbortController();
    const cancelled = memory.lease(stop.signal).begin();
    const patient = memory.lease(never);
    const begins = patient.begin();
    stop.abort(new Error('cancelled'));
    await expect(cancelled).rejects.toThrow('cancelled');
    holder.end();
    await begins;
    expect(memory.take()).toBeUndefined();
    patient.end();
    expect(memory.take()).toBeDefined();
  });

  test('a block that had to grow is not kept', async () => {
    const memory = new PartMemory(1, 10);
    const lease = memory.lease(never);
    await lease.begin();
    const grown = lease.next();
    grown?.append(Buffer.alloc(1000));
    lease.end();
    const fresh = memory.take();
    expect(fresh).not.toBe(grown);
    expect(fresh?.capacity).toBe(10);
  });
});
