import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newKeyring } from '../../support/callback-harness.js';
import { almanac } from '../support.js';

let home: string;
const day = 24 * 60 * 60 * 1000;
const start = Date.parse('2026-03-01T00:00:00Z');

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'almanac-keys-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const file = () => path.join(home, 'callback-keys.json');
const keys = (args: string[], now = start) =>
  almanac(['keys', ...args], { env: { ALMANAC_HOME: home }, now: () => now });

test('rotate makes a new current key and keeps the one before; list shows ids and dates and no secret', async () => {
  const ring = newKeyring('k1');
  writeFileSync(file(), JSON.stringify(ring), { mode: 0o644 });
  const rotated = JSON.parse((await keys(['rotate', '--json'])).stdout);
  expect(rotated.keys).toEqual([
    { kid: rotated.current, createdAt: '2026-03-01T00:00:00.000Z' },
    { kid: 'k1', createdAt: '2026-01-01T00:00:00Z', retiredAt: '2026-03-01T00:00:00.000Z' },
  ]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readdirSync(home)).toEqual(['callback-keys.json']);
  const stored = JSON.parse(readFileSync(file(), 'utf8'));
  expect(stored.keys[1].secret).toBe(ring.keys[0]?.secret);

  for (const args of [['list'], ['list', '--json'], ['rotate']]) {
    const { exitCode, stdout, stderr } = await keys(args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(args[0] === 'list' ? 'k1' : 'New links are sealed with');
    for (const { secret } of stored.keys) expect(stdout + stderr).not.toContain(secret);
  }
});

test('a retired key is dropped when no link of it can be alive, or earlier with --keep', async () => {
  writeFileSync(file(), JSON.stringify(newKeyring('k1')));
  const rotate = async (now: number, ...more: string[]) =>
    JSON.parse((await keys(['rotate', '--json', ...more], now)).stdout);
  const { current: k2 } = await rotate(start);
  expect((await rotate(start + 365 * day)).dropped).toEqual([]);
  expect((await rotate(start + 367 * day)).dropped).toEqual(['k1']);
  expect((await rotate(start + 368 * day, '--keep', '12h')).dropped).toContain(k2);
});

test('says what is wrong without quoting a secret', async () => {
  expect(await keys(['list'])).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(file()) });
  writeFileSync(file(), `{ "secret": "${'s'.repeat(43)}"`);
  const broken = await keys(['rotate']);
  expect(broken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not JSON') });
  expect(broken.stderr).not.toContain('sss');
  expect((await keys(['polish'])).exitCode).toBe(2);
  writeFileSync(file(), JSON.stringify(newKeyring('k1')));
  expect((await keys(['rotate', '--keep', 'long'])).exitCode).toBe(2);
});
