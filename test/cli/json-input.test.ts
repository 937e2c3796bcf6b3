import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readJsonArgument } from '../../src/cli/json-input.js';
import { testHost } from './support.js';

const folder = mkdtempSync(path.join(tmpdir(), 'almanac-cli-json-'));
writeFileSync(path.join(folder, 'input.json'), '{ "day": "2026-01-31" }');
afterAll(() => rmSync(folder, { recursive: true }));

const read = (argument: string, stdin = '') => readJsonArgument(argument, '--input', testHost({ cwd: folder, stdin }));

test('JSON itself, a file, or standard input', async () => {
  expect(await read('{"a":[1,null]}')).toEqual({ a: [1, null] });
  expect(await read('"text"')).toBe('text');
  expect(await read('@input.json')).toEqual({ day: '2026-01-31' });
  expect(await read('-', '{"from":"stdin"}')).toEqual({ from: 'stdin' });
});

test('what is no JSON names the flag and how to quote', async () => {
  await expect(read('{day:1}')).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/^--input is not JSON: .*quote it for the shell/),
  });
  await expect(read('-', '')).rejects.toMatchObject({ exitCode: 2 });
  await expect(read('@missing.json')).rejects.toThrow('--input: cannot read missing.json');
});
