import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openExportFolder } from '../../src/cli/export-files.js';
import type { ExportView } from '../../src/domain/export/export-view.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const definition = {
  id: 'one',
  spec: { cron: ['0 2 * * *'], skipDates: ['2026-12-25'] },
  action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1s' } }] },
};
const exported = (changes = {}): ExportView => ({
  id: 'one',
  definition: { ...definition, ...changes },
  source: 'live',
  gaps: [],
});
const open = () => openExportFolder(folder, new Date('2026-06-01T00:00:00Z'));
const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

test('a new file, and the same again', async () => {
  const file = path.join(folder, 'one.json');
  expect(await (await open()).write(exported(), false)).toEqual({ file, result: 'written' });
  expect(read('one.json')).toEqual(definition);
  expect(await (await open()).write(exported(), false)).toEqual({ file, result: 'unchanged' });
  expect(readdirSync(folder)).toEqual(['one.json']);
});

test('a file that says something else is replaced with --force only', async () => {
  await (await open()).write(exported(), false);
  expect(await (await open()).write(exported({ paused: true }), false)).toMatchObject({ result: 'differs' });
  expect(read('one.json')).toEqual(definition);
  expect(await (await open()).write(exported({ paused: true }), true)).toMatchObject({ result: 'replaced' });
  expect(read('one.json')).toMatchObject({ paused: true });
});

test('layout, a file of dates and where the schema is are no difference', async () => {
  mkdirSync(path.join(folder, 'calendars'));
  writeFileSync(path.join(folder, 'calendars/days.json'), '["2026-12-25"]');
  writeFileSync(path.join(folder, 'schema.json'), '{}');
  const spec = { skipDates: 'calendars/days.json', cron: ['0 2 * * *'] };
  writeFileSync(path.join(folder, 'one.json'), JSON.stringify({ $schema: './schema.json', ...definition, spec }));
  expect(await (await open()).write(exported(), false)).toMatchObject({ result: 'unchanged' });
});

test('the file of a subfolder that has the id is the one', async () => {
  mkdirSync(path.join(folder, 'team'));
  writeFileSync(path.join(folder, 'schema.json'), '{}');
  writeFileSync(path.join(folder, 'team/one.json'), 'broken');
  expect(await (await open()).write(exported(), true)).toEqual({
    file: path.join(folder, 'team/one.json'),
    result: 'replaced',
  });
  expect(read('team/one.json')).toEqual({ $schema: '../schema.json', ...definition });
  expect(existsSync(path.join(folder, 'one.json'))).toBe(false);
});

test('schema.json is taken', async () => {
  await expect((await open()).write({ ...exported(), id: 'schema' }, true)).rejects.toMatchObject({
    code: 'invalid-input',
  });
});
