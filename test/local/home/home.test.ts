import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseKeyring } from '../../../src/domain/callback/keyring.js';
import { homeLayout } from '../../../src/local/home/layout.js';
import { ensureSecrets } from '../../../src/local/home/secrets.js';
import { endStale } from '../../../src/local/home/stale.js';
import {
  claimHome,
  ownIdentity,
  type PlatformState,
  readState,
  writeState,
} from '../../../src/local/home/state-file.js';
import { startOf } from '../../../src/local/process/identity.js';

// Real processes, which take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'almanac-home-'));
});
afterEach(() => rmSync(base, { recursive: true }));

function state(over: Partial<PlatformState> = {}): PlatformState {
  return {
    ...ownIdentity(),
    startedAt: '2026-01-01T00:00:00.000Z',
    url: 'http://127.0.0.1:1',
    components: [],
    ...over,
  };
}
const dead = { pid: 2 ** 30, startTime: '1' };

test('secrets are made once, for the owner only, and fit each other', async () => {
  const layout = homeLayout(path.join(base, '.almanac'));
  await ensureSecrets(layout);
  const files = [layout.adminKey, layout.apiKeys, layout.webhookSecret, layout.callbackKeys];
  const first = files.map((file) => readFileSync(file, 'utf8'));
  expect(statSync(layout.home).mode & 0o777).toBe(0o700);
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600, 0o600]);
  const sha256 = createHash('sha256')
    .update((first[0] ?? '').trim())
    .digest('hex');
  expect(JSON.parse(first[1] ?? '')).toEqual([{ name: 'admin', role: 'admin', sha256 }]);
  expect(first[2]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  expect(parseKeyring(first[3] ?? '').keys.size).toBe(1);

  chmodSync(layout.adminKey, 0o644);
  await ensureSecrets(layout);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(first);
  expect(statSync(layout.adminKey).mode & 0o777).toBe(0o600);
});

test('keys of the user stay, a deleted admin key is replaced, and a broken file is named', async () => {
  const layout = homeLayout(base);
  await ensureSecrets(layout);
  const mine = { name: 'ci', role: 'viewer', sha256: 'a'.repeat(64) };
  writeFileSync(layout.apiKeys, JSON.stringify([...JSON.parse(readFileSync(layout.apiKeys, 'utf8')), mine]));
  rmSync(layout.adminKey);
  await ensureSecrets(layout);
  const sha256 = createHash('sha256').update(readFileSync(layout.adminKey, 'utf8').trim()).digest('hex');
  expect(JSON.parse(readFileSync(layout.apiKeys, 'utf8'))).toEqual([{ name: 'admin', role: 'admin', sha256 }, mine]);
  writeFileSync(layout.apiKeys, '{');
  await expect(ensureSecrets(layout)).rejects.toThrow(`${layout.apiKeys} is not a list of`);
});

test('a home is claimed once while its platform runs', () => {
  const file = path.join(base, 'platform.json');
  const own = state();
  expect(claimHome(file, own)).toEqual({ stale: undefined });
  expect(claimHome(file, state({ url: 'http://127.0.0.1:2' }))).toEqual({ running: own });
  expect(readState(file)).toEqual(own);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(base)).toEqual(['platform.json']);
});

test('what a dead platform left is taken over, and told', () => {
  const file = path.join(base, 'platform.json');
  const old = state({ ...dead, components: [{ name: 's3', ...dead, address: 'http://127.0.0.1:3' }] });
  writeState(file, old);
  const own = state();
  expect(claimHome(file, own)).toEqual({ stale: old });
  expect(readState(file)).toEqual(own);
  expect(readdirSync(base)).toEqual(['platform.json']);
});

test('a state file of another shape claims nothing', () => {
  const file = path.join(base, 'platform.json');
  writeFileSync(file, '{"pid":');
  expect(claimHome(file, state())).toEqual({ stale: undefined });
});

test('stale processes are ended; one that only has the pid of a stale one is not', async () => {
  const idle = () =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const [stale, innocent] = [idle(), idle()];
  const [stalePid = 0, innocentPid = 0] = [stale.pid, innocent.pid];
  try {
    const left = await endStale(
      state({
        ...dead,
        components: [
          { name: 'temporal', pid: stalePid, startTime: startOf(stalePid) ?? '', address: '' },
          { name: 's3', pid: innocentPid, startTime: '1', address: '' },
          { name: 'mail', ...dead, address: '' },
        ],
      }),
    );
    expect(left.map(({ name }) => name)).toEqual(['temporal']);
    expect(startOf(stalePid)).toBeUndefined();
    expect(startOf(innocentPid)).toBeDefined();
  } finally {
    stale.kill('SIGKILL');
    innocent.kill('SIGKILL');
  }
});
