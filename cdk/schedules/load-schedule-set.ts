import { readFileSync } from 'node:fs';
import { formatPath, shownValue } from '../../src/domain/definition/fault.js';
import { parseJson } from '../../src/domain/definition/json-position.js';
import type { ScheduleDefinition } from '../../src/domain/definition/schedule-definition.js';
import { AlmanacError, type ErrorDetail } from '../../src/domain/errors.js';
import type { ScheduleSet } from '../../src/domain/schedule-set.js';
import { manifestChecker, manifestOfSources, type WorkerManifest } from '../../src/domain/worker-manifest.js';
import { loadDefinitionFiles } from '../../src/services/definition-files.js';

export interface LoadedSchedules {
  set: ScheduleSet;
  /** What is doubtful and keeps nothing from being deployed. */
  warnings: ErrorDetail[];
}

/**
 * The schedule files of a folder, as a deploy takes them. They are held against the manifest of the image that will run them too: the
 * image is built from the same sources unless said.
 *
 * @throws AlmanacError `invalid-input` with every fault of every file: file, line, column, path and value
 */
export async function loadScheduleSet(
  folder: string,
  manifest: WorkerManifest = manifestOfSources(),
): Promise<LoadedSchedules> {
  const { definitions, errors, warnings } = await loadDefinitionFiles(folder);
  const check = manifestChecker(manifest);
  const lacking = definitions.flatMap(({ file, definition }) => lackingOf(file, definition, check));
  const details = [...errors, ...lacking];
  if (details.length > 0) {
    const count = details.length === 1 ? '1 error' : `${details.length} errors`;
    throw new AlmanacError('invalid-input', `the schedules in ${folder} have ${count}`, { details });
  }
  const sorted = definitions.map(({ definition }) => definition).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { set: { format: 1, definitions: sorted }, warnings };
}

function lackingOf(
  file: string,
  definition: ScheduleDefinition,
  check: ReturnType<typeof manifestChecker>,
): ErrorDetail[] {
  const faults = check(definition);
  if (faults.length === 0) return [];
  const json = parseJson(readFileSync(file, 'utf8'));
  return faults.map(({ path, message, value, atKey }) => {
    const text = formatPath(path);
    const shown = shownValue(path, value);
    const place = json.positionOf(text, atKey === true ? 'key' : 'value');
    return { file, ...place, path: text, message, ...(shown === undefined ? {} : { value: shown }) };
  });
}
