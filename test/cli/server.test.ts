import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServer } from '../../src/cli/server.js';

const root = mkdtempSync(path.join(tmpdir(), 'almanac-cli-server-'));
const project = path.join(root, 'project');
const home = path.join(project, '.almanac');
const nested = path.join(project, 'a', 'b');
const empty = path.join(root, 'empty');

beforeAll(() => {
  for (const folder of [home, nested, empty]) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(home, 'platform.json'), '{ "url": "http://127.0.0.1:8700", "pid": 1, "components": [] }');
  writeFileSync(path.join(home, 'admin.key'), 'local-admin-key\n');
  writeFileSync(path.join(root, 'other.key'), '  file-key\n');
  writeFileSync(path.join(root, 'binary.key'), 'two lines\nof text');
});

afterAll(() => rmSync(root, { recursive: true }));

test('the local platform is found in a folder above, with its key', () => {
  expect(findServer({ env: {}, cwd: nested })).toMatchObject({ url: 'http://127.0.0.1:8700', key: 'local-admin-key' });
});

test('ALMANAC_HOME says where it is', () => {
  expect(findServer({ env: { ALMANAC_HOME: home }, cwd: empty }).url).toBe('http://127.0.0.1:8700');
  expect(() => findServer({ env: { ALMANAC_HOME: empty }, cwd: nested })).toThrow(`in ALMANAC_HOME (${empty})`);
});

test('ALMANAC_URL wins over the local platform and --url over both; a path prefix stays', () => {
  const env = { ALMANAC_URL: 'https://api.example.com/stage/', ALMANAC_KEY: 'env-key' };
  expect(findServer({ env, cwd: nested })).toMatchObject({ url: 'https://api.example.com/stage', key: 'env-key' });
  expect(findServer({ env, cwd: nested }, { url: 'http://127.0.0.1:9' }).url).toBe('http://127.0.0.1:9');
});

test('the local admin key is sent to the local platform only', () => {
  expect(findServer({ env: { ALMANAC_URL: 'https://api.example.com' }, cwd: nested }).key).toBeUndefined();
  expect(findServer({ env: { ALMANAC_URL: 'http://127.0.0.1:8700/' }, cwd: nested }).key).toBe('local-admin-key');
});

test('--key-file wins over ALMANAC_KEY', () => {
  const choice = { keyFile: path.join(root, 'other.key') };
  expect(findServer({ env: { ALMANAC_KEY: 'env-key' }, cwd: nested }, choice).key).toBe('file-key');
});

test('without a server the message says what to do', () => {
  expect(() => findServer({ env: {}, cwd: empty })).toThrow(
    expect.objectContaining({ code: 'unavailable', exitCode: 7, message: expect.stringContaining('npm start') }),
  );
});

describe('refused with exit code 2', () => {
  test.each(['nonsense', 'ftp://example.com', 'http://user:secret@example.com', 'http://example.com/?a=b'])(
    'the address %s',
    (url) => {
      expect(() => findServer({ env: { ALMANAC_URL: url }, cwd: empty })).toThrow(
        expect.objectContaining({ exitCode: 2, message: expect.stringContaining('ALMANAC_URL is not the address') }),
      );
    },
  );

  test('a key file that holds something else, without showing it', () => {
    const choice = { keyFile: path.join(root, 'binary.key') };
    expect(() => findServer({ env: {}, cwd: nested }, choice)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.not.stringContaining('two lines') }),
    );
  });

  test('a key file that is not there', () => {
    expect(() => findServer({ env: {}, cwd: nested }, { keyFile: 'missing.key' })).toThrow(
      'there is no file missing.key',
    );
  });
});

test('a damaged platform.json is named', () => {
  const damaged = path.join(root, 'damaged');
  mkdirSync(damaged);
  writeFileSync(path.join(damaged, 'platform.json'), '{ "url"');
  expect(() => findServer({ env: { ALMANAC_HOME: damaged }, cwd: empty })).toThrow(/platform\.json does not say/);
});
