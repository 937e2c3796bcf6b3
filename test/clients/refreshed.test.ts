import { describe, expect, it } from 'vitest';
import { refreshed } from '../../src/clients/refreshed.js';

function setUp() {
  const state = { now: 0, reads: 0, stored: 1, reports: [] as unknown[], fails: false };
  const value = refreshed(
    async () => {
      state.reads += 1;
      if (state.fails) throw new Error('the store is down');
      return state.stored;
    },
    (error) => state.reports.push(error),
    { keepMs: 300_000, pauseMs: 30_000, now: () => state.now },
  );
  return { state, value };
}

describe('a value read over the network', () => {
  it('is read once for all who ask at the same moment, and again when it is old', async () => {
    const { state, value } = setUp();
    expect(await Promise.all([value(), value(), value()])).toEqual([1, 1, 1]);
    state.stored = 2;
    state.now = 299_999;
    expect(await value()).toBe(1);
    state.now = 300_000;
    expect(await value()).toBe(2);
    expect(state.reads).toBe(2);
  });

  it('is read early by whom it lacks something, once in the pause, whoever asks', async () => {
    const { state, value } = setUp();
    const lacks = (known: number) => known < 2;
    await value();
    state.stored = 2;
    state.now = 29_999;
    expect(await value(lacks)).toBe(1);
    state.now = 30_000;
    expect(await value(lacks)).toBe(2);
    for (let call = 0; call < 100; call += 1) await value(() => true);
    expect(state.reads).toBe(2);
  });

  it('stays in use when it cannot be read again, and is not asked for at every call then', async () => {
    const { state, value } = setUp();
    await value();
    state.fails = true;
    state.now = 300_000;
    expect(await value()).toBe(1);
    expect(await value()).toBe(1);
    expect(state.reads).toBe(2);
    expect(state.reports).toHaveLength(1);
  });

  it('fails the first call, and is tried again by the next', async () => {
    const { state, value } = setUp();
    state.fails = true;
    await expect(value()).rejects.toThrow('the store is down');
    state.fails = false;
    expect(await value()).toBe(1);
  });
});
