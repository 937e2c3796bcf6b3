import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../domain/definition/fault.js';
import { AlmanacError } from '../domain/errors.js';
import type { ExportView } from '../domain/export/export-view.js';
import { loadDefinitionFiles } from '../services/definition-files.js';

export type WriteResult = 'written' | 'replaced' | 'unchanged' | 'differs';

/** A folder of schedule files that exports go to. */
export interface ExportFolder {
  /** Writes a definition as `<id>.json`, or over the file that has the id already, in a subfolder too. */
  write(exported: ExportView, force: boolean): Promise<{ file: string; result: WriteResult }>;
}

/** @param now what counts as now when the files that are there are read */
export async function openExportFolder(folder: string, now: Date): Promise<ExportFolder> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder, { recursive: true });
  const files = new Map(names.filter((name) => name.endsWith('.json')).map((name) => [path.basename(name), name]));
  const schema = files.get('schema.json') === 'schema.json';

  return {
    async write({ id, definition }, force) {
      const name = `${id}.json`;
      if (name === 'schema.json') {
        throw new AlmanacError(
          'invalid-input',
          'a schedule file can not be called schema.json: editors read it as the schema',
        );
      }
      const existing = files.get(name);
      const file = path.join(folder, existing ?? name);
      if (existing !== undefined) {
        if (await saysTheSame(file, definition, now)) return { file, result: 'unchanged' };
        if (!force) return { file, result: 'differs' };
      }
      await replace(file, fileText(definition, schema ? schemaPath(folder, file) : undefined));
      return { file, result: existing === undefined ? 'written' : 'replaced' };
    },
  };
}

/** Compared as definitions: how a file is laid out, and that its dates stand in another one, is no difference. */
async function saysTheSame(file: string, definition: unknown, now: Date): Promise<boolean> {
  const { definitions } = await loadDefinitionFiles(file, { now });
  return isDeepStrictEqual(withoutSchema(definitions[0]?.definition), withoutSchema(definition));
}

function withoutSchema(definition: unknown): unknown {
  if (!isRecord(definition)) return definition;
  const { $schema: _, ...rest } = definition;
  return rest;
}

function fileText(definition: unknown, schema: string | undefined): string {
  const first = schema === undefined || !isRecord(definition) ? {} : { $schema: schema };
  return `${JSON.stringify(isRecord(definition) ? { ...first, ...definition, ...first } : definition, null, 2)}\n`;
}

function schemaPath(folder: string, file: string): string {
  const relative = path.relative(path.dirname(file), path.join(folder, 'schema.json')).split(path.sep).join('/');
  return relative.startsWith('.') ? relative : `./${relative}`;
}

/** In one step: whoever reads the folder meanwhile finds the old file or the new one. */
async function replace(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
