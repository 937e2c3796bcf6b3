import { describe, expect, it } from 'vitest';
import { cachedKeyring, openKeyring } from '../../src/clients/keyring.js';
import { newKeyring } from '../support/callback-harness.js';

const nowhere = { json: undefined, file: undefined, secret: undefined };
const aws = { region: 'us-east-1' };
const unreported = (error: unknown) => {
  throw error;
};

describe('where the ring is', () => {
  it('may be nowhere', async () => {
    expect(await openKeyring(nowhere, aws, unreported)).toBeUndefined();
  });

  it('is read at the start, so that a bad one is seen there', async () => {
    await expect(openKeyring({ ...nowhere, json: '{}' }, aws, unreported)).rejects.toThrow('not usable');
    const file = '/there/is/no/such/file';
    await expect(openKeyring({ ...nowhere, file }, aws, unreported)).rejects.toThrow(`cannot read ${file}`);
  });
});

describe('a ring in a secret store', () => {
  function setUp() {
    const state = { now: 0, reads: 0, stored: JSON.stringify(newKeyring('k1')), reports: [] as unknown[] };
    const source = cachedKeyring(
      async () => {
        state.reads += 1;
        return state.stored;
      },
      (error) => state.reports.push(error),
      { keepMs: 60_000, pauseMs: 5_000, now: () => state.now },
    );
    return { state, source };
  }

  it('is read once for many at the same moment, and again after a minute', async () => {
    const { state, source } = setUp();
    await Promise.all([source(), source(), source('k1')]);
    state.now = 59_000;
    await source();
    expect(state.reads).toBe(1);
    state.now = 60_000;
    await source();
    expect(state.reads).toBe(2);
  });

  it('is read again for a key that it does not have, but not for every made-up token', async () => {
    const { state, source } = setUp();
    await source();
    state.stored = JSON.stringify(newKeyring('k2'));
    await source('k2');
    expect(state.reads).toBe(1);
    state.now = 5_000;
    expect((await source('k2')).current).toBe('k2');
    for (let index = 0; index < 100; index += 1) await source(`made-up-${index}`);
    expect(state.reads).toBe(2);
  });

  it('stays in use when the store fails', async () => {
    const { state, source } = setUp();
    await source();
    state.now = 60_000;
    state.stored = 'not a ring';
    expect((await source()).current).toBe('k1');
    expect(state.reports).toHaveLength(1);
  });
});
