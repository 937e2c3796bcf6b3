import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DateFile } from '../domain/definition/date-file.js';
import { type DefinitionFile, type ParsedDefinitionFiles, parseDefinitionFiles } from '../domain/definition/parse.js';
import { namesOfDates } from '../domain/definition/parse-files.js';
import { AlmanacError } from '../domain/errors.js';

export interface LoadOptions {
  now?: Date;
}

/** Far above any definition; what is larger is some other file and not read into memory. */
const maxFileBytes = 4 * 1024 * 1024;

/**
 * Reads and parses the schedule files of a folder (every `.json` below it but `schema.json`, the top folder `calendars/`
 * and files that a `skipDates` names), or one file. Names in `skipDates` are relative to the folder and replaced by their dates.
 *
 * @throws AlmanacError `invalid-input` when there is no such folder or file
 */
export async function loadDefinitionFiles(target: string, options: LoadOptions = {}): Promise<ParsedDefinitionFiles> {
  const single = await isFile(target);
  const root = single ? await schedulesFolderOf(target) : target;
  const found = single ? [target] : await listJson(target);
  const read = await Promise.all(found.map(readText));
  const files = read.filter((entry): entry is DefinitionFile => 'text' in entry);
  const dateFiles = await readDateFiles(root, files);
  const dateTexts = new Set([...dateFiles.values()].map(({ file }) => path.resolve(file)));
  const isSchedule = ({ file }: { file: string }) => single || !dateTexts.has(path.resolve(file));
  const parsed = parseDefinitionFiles(files.filter(isSchedule), { ...options, dateFiles });
  const unreadable = read.filter((entry) => 'problem' in entry).filter(isSchedule);
  return {
    ...parsed,
    errors: [...unreadable.map(({ file, problem }) => ({ file, path: '', message: problem })), ...parsed.errors],
    warnings: found.length > 0 ? parsed.warnings : [{ file: target, path: '', message: 'no schedule files here' }],
  };
}

async function isFile(target: string): Promise<boolean> {
  try {
    return (await stat(target)).isFile();
  } catch (error) {
    throw new AlmanacError('invalid-input', `there is no folder or file ${JSON.stringify(target)}`, {
      cause: error,
      details: [{ file: target, path: '', message: 'no such folder or file' }],
    });
  }
}

async function listJson(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && entry.name !== 'schema.json')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      const parts = path.relative(folder, file).split(path.sep);
      return parts[0] !== 'calendars' && !parts.some((part) => part.startsWith('.') || part === 'node_modules');
    })
    .sort();
}

/** The schedules folder that one file belongs to: the nearest of the project that holds a schema.json, else its own. */
async function schedulesFolderOf(file: string): Promise<string> {
  const own = path.dirname(file);
  for (let folder = path.resolve(own); ; folder = path.dirname(folder)) {
    if (await exists(path.join(folder, 'schema.json'))) return path.relative('', folder) || '.';
    if (folder === path.dirname(folder) || (await isProjectRoot(folder))) return own;
  }
}

/** What lies above it belongs to somebody else. */
async function isProjectRoot(folder: string): Promise<boolean> {
  const marks = await Promise.all(['package.json', '.git'].map((name) => exists(path.join(folder, name))));
  return marks.includes(true);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

type ReadFile = DefinitionFile | { file: string; problem: string };

async function readText(file: string): Promise<ReadFile> {
  try {
    const { size } = await stat(file);
    if (size > maxFileBytes) return { file, problem: `too large: ${size} bytes are no schedule file` };
    return { file, text: decode(await readFile(file)) };
  } catch (error) {
    if (error instanceof TypeError) return { file, problem: 'not UTF-8 text: save it as UTF-8' };
    return { file, problem: `cannot be read: ${(error as Error).message}` };
  }
}

/** @throws TypeError for bytes that are not UTF-8 */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

async function readDateFiles(root: string, files: DefinitionFile[]): Promise<Map<string, DateFile>> {
  const names = new Set(namesOfDates(files));
  const entries = await Promise.all(
    [...names].map(async (name): Promise<[string, DateFile]> => [name, await readDateFile(root, name)]),
  );
  return new Map(entries);
}

async function readDateFile(root: string, name: string): Promise<DateFile> {
  const file = path.join(root, name);
  const inside = path.relative(path.resolve(root), path.resolve(root, name));
  if (path.isAbsolute(name) || inside.startsWith('..')) {
    return { file, problem: 'names a file outside the schedules folder' };
  }
  if (!(await exists(file)))
    return { file, problem: `there is no file ${file}: names are relative to the schedules folder` };
  return readText(file);
}
