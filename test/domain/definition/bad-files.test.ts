import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { formatDetail } from '../../../src/domain/errors.js';
import { loadDefinitionFiles } from '../../../src/services/definition-files.js';

const folder = 'test/fixtures/bad-schedules';
const now = new Date('2026-11-20T12:00:00Z');

test('every fault of every bad file is told at once, as expected.txt has it', async () => {
  const { errors, warnings } = await loadDefinitionFiles(folder, { now });
  const lines = [
    ...errors.map((error) => `error   ${formatDetail(error)}`),
    ...warnings.map((warning) => `warning ${formatDetail(warning)}`),
  ];
  const text = `${lines.join('\n')}\n`.replaceAll(`${folder}/`, '');
  await expect(text).toMatchFileSnapshot(path.resolve(folder, 'expected.txt'));
});

test('no bad file passes', async () => {
  const { definitions, errors } = await loadDefinitionFiles(folder, { now });
  // Of two files with one id the first is right in itself.
  expect(definitions.map(({ file }) => file)).toEqual([`${folder}/taken-id.json`]);
  const blamed = new Set(errors.map(({ file }) => file));
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'taken-id.json');
  const users = ['skip-dates-bad-file.json', 'skip-dates-bad-freeze.json', 'skip-dates-broken-file.json'];
  expect(files.filter((name) => !blamed.has(`${folder}/${name}`))).toEqual(users);
});

test('every error of a schedule file has a line and a column that exist', async () => {
  const { errors } = await loadDefinitionFiles(folder, { now });
  const unplaced = errors.filter(({ line, column }) => !(line && line > 0 && column && column > 0));
  // What is no text has no lines.
  expect(unplaced.map(({ file }) => file)).toEqual([`${folder}/not-utf-8.json`]);
});
