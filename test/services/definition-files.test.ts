import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlmanacError } from '../../src/domain/errors.js';
import { loadDefinitionFiles } from '../../src/services/definition-files.js';

const now = new Date('2026-11-20T12:00:00Z');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'almanac-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, content: unknown): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
  );
  return file;
}

function definition(id: string, spec: object = {}) {
  return {
    id,
    spec: { cron: ['0 2 * * *'], ...spec },
    action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: '1s' } }] },
  };
}

test('reads all subfolders, but no schema, calendars, hidden folders or files of dates', async () => {
  await put('b.json', definition('b', { skipDates: 'shared/holidays.json' }));
  await put('team/a.json', definition('a'));
  await put('shared/holidays.json', ['2027-12-25']);
  await put('calendars/unused.json', ['2027-12-25']);
  await put('schema.json', {});
  await put('.git/x.json', {});
  await put('notes.txt', 'no');
  const { definitions, errors, warnings } = await loadDefinitionFiles(folder, { now });
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(definitions.map(({ file }) => path.relative(folder, file))).toEqual(['b.json', path.join('team', 'a.json')]);
  expect(definitions[0]?.definition.spec.skipDates).toEqual(['2027-12-25']);
});

test('one file is read with the dates of its schedules folder, the nearest upwards with a schema.json', async () => {
  await put('schema.json', {});
  await put('calendars/holidays.json', [{ date: '2027-12-25', comment: 'Christmas' }]);
  const file = await put('team/deep/a.json', definition('a', { skipDates: 'calendars/holidays.json' }));
  await put('team/deep/broken.json', '{');
  const { definitions, errors } = await loadDefinitionFiles(file, { now });
  expect(errors).toEqual([]);
  expect(definitions[0]?.definition.spec.skipDates).toEqual([{ date: '2027-12-25', comment: 'Christmas' }]);
});

test('a fault of a file of dates is told once, with its own line, and no schedule that uses it passes', async () => {
  await put('calendars/holidays.json', '[\n  "2027-12-25",\n  "2027-02-30"\n]');
  await put('a.json', definition('a', { skipDates: 'calendars/holidays.json' }));
  await put('b.json', definition('b', { skipDates: 'calendars/holidays.json' }));
  const { definitions, errors } = await loadDefinitionFiles(folder, { now });
  expect(definitions).toEqual([]);
  expect(errors).toEqual([
    {
      file: path.join(folder, 'calendars', 'holidays.json'),
      line: 3,
      column: 3,
      path: '[1]',
      message: 'not a date: write YYYY-MM-DD',
      value: '2027-02-30',
    },
  ]);
});

test.each([
  ['2026-11-19', 'is past'],
  ['2026-11-20', '0 days away'],
  ['2027-01-19', '60 days away'],
  ['2027-01-20', undefined],
])('a last date of %s on 2026-11-20: %s', async (date, message) => {
  await put('calendars/holidays.json', [date, '2026-01-01']);
  await put('a.json', definition('a', { skipDates: 'calendars/holidays.json' }));
  await put('b.json', definition('b', { skipDates: 'calendars/holidays.json' }));
  const { definitions, warnings } = await loadDefinitionFiles(folder, { now });
  expect(definitions).toHaveLength(2);
  const expected =
    message === undefined ? [] : [{ path: '[0]', value: date, message: expect.stringContaining(message) }];
  expect(warnings).toMatchObject(expected);
});

test.each([
  ['../outside.json', 'outside the schedules folder'],
  ['/etc/hosts.json', 'outside the schedules folder'],
  ['missing.json', 'there is no file'],
])('skipDates %s: %s', async (name, message) => {
  await put('a.json', definition('a', { skipDates: name }));
  const { definitions, errors } = await loadDefinitionFiles(folder, { now });
  expect(definitions).toEqual([]);
  expect(errors).toMatchObject([
    { path: 'spec.skipDates', value: name, line: 1, message: expect.stringContaining(message) },
  ]);
});

test('a file that is no UTF-8 is an error beside those of the others', async () => {
  await put('a.json', new Uint8Array([0xff, 0xfe, 0x7b, 0]));
  await put('b.json', definition('c'));
  const { errors } = await loadDefinitionFiles(folder, { now });
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('UTF-8'),
    expect.stringContaining('must equal the base name'),
  ]);
});

test('an empty folder is a warning, no folder an error', async () => {
  expect(await loadDefinitionFiles(folder, { now })).toMatchObject({
    definitions: [],
    errors: [],
    warnings: [{ file: folder }],
  });
  const missing = loadDefinitionFiles(path.join(folder, 'nowhere'), { now });
  await expect(missing).rejects.toThrow(AlmanacError);
  await expect(missing).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('nowhere') });
});
