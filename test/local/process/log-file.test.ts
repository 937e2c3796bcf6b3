import { closeSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog, tailOf } from '../../../src/local/process/log-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the tail is the last lines, of a short and of a very long log', () => {
  const file = path.join(folder, 'x.log');
  expect(tailOf(file)).toEqual([]);
  writeFileSync(file, 'a\nb\nc\n');
  expect(tailOf(file, 2)).toEqual(['b', 'c']);
  writeFileSync(file, `${Array.from({ length: 50_000 }, (_, index) => `line ${index}`).join('\n')}\n`);
  expect(tailOf(file)).toEqual(Array.from({ length: 20 }, (_, index) => `line ${49_980 + index}`));
});

test('a log is appended to, and set aside when it has grown', () => {
  const file = path.join(folder, 'x.log');
  for (const text of ['one\n', 'two\n']) {
    const log = openLog(file);
    writeSync(log, text);
    closeSync(log);
  }
  expect(tailOf(file)).toEqual(['one', 'two']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  writeFileSync(file, Buffer.alloc(11 * 1024 * 1024));
  closeSync(openLog(file));
  expect(statSync(file).size).toBe(0);
  expect(existsSync(`${file}.1`)).toBe(true);
});
