import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { type ErrorDetail, formatDetail } from '../../domain/errors.js';
import { loadDefinitionFiles } from '../../services/definition-files.js';
import { putAll } from '../../services/schedules/put-all.js';

/** Kept on the schedules: `npm start` applied them. */
const owner = 'local';

export interface AppliedSchedules {
  /** Those that are on the server now, as their files say. */
  definitions: ScheduleDefinition[];
  counts: { create: number; update: number; 'no-op': number };
  /** Lines for the user: faults of files, and what the server refused. Such schedules are as they were before. */
  problems: string[];
  warnings: string[];
}

/** Creates or replaces the schedules of the folder. A bad file keeps no good one from being applied. */
export async function applySchedules(client: Client, folder: string, taskQueue: string): Promise<AppliedSchedules> {
  const shown = path.relative('', folder) || '.';
  const counts = { create: 0, update: 0, 'no-op': 0 };
  if (!existsSync(folder)) {
    return { definitions: [], counts, problems: [], warnings: [`there is no folder ${shown}: no schedules applied`] };
  }
  const files = await loadDefinitionFiles(shown);
  const definitions = files.definitions.map(({ definition }) => definition);
  const results = await putAll(definitions, { client, owner, taskQueue });
  const problems = files.errors.map(formatDetail);
  const failed = new Set<string>();
  for (const { id, action, error } of results) {
    if (error === undefined) {
      counts[action] += 1;
      continue;
    }
    failed.add(id);
    const file = files.definitions.find(({ definition }) => definition.id === id)?.file ?? id;
    problems.push(
      `${file} ${error.message}`,
      ...error.details.map((detail) => `  ${formatDetail(inFile(detail, file))}`),
    );
  }
  return {
    definitions: definitions.filter(({ id }) => !failed.has(id)),
    counts,
    problems,
    warnings: files.warnings.map(formatDetail),
  };
}

function inFile(detail: ErrorDetail, file: string): ErrorDetail {
  return { file, ...detail };
}
