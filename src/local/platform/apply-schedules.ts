import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { type ErrorDetail, formatDetail } from '../../domain/errors.js';
import { loadDefinitionFiles } from '../../services/definition-files.js';
import { defaultOwner } from '../../services/plan/default-owner.js';
import { createPlanService } from '../../services/plan/plan-service.js';

export interface AppliedSchedules {
  /** Those that are on the server now, as their files say. */
  definitions: ScheduleDefinition[];
  counts: { create: number; update: number; 'no-op': number };
  /** Lines for the user: faults of files, and what the server refused. Such schedules are as they were before. */
  problems: string[];
  warnings: string[];
}

/**
 * Applies the schedules of the folder as `almanac apply` does, for the same owner. A bad file keeps no good one from being
 * applied, and nothing is deleted: a file that can't be read is not one that is gone.
 */
export async function applySchedules(client: Client, folder: string, taskQueue: string): Promise<AppliedSchedules> {
  const shown = path.relative('', folder) || '.';
  const counts = { create: 0, update: 0, 'no-op': 0 };
  if (!existsSync(folder)) {
    return { definitions: [], counts, problems: [], warnings: [`there is no folder ${shown}: no schedules applied`] };
  }
  const files = await loadDefinitionFiles(shown);
  const definitions = files.definitions.map(({ definition }) => definition);
  const plans = createPlanService({ client, taskQueue, owner: await defaultOwner(folder) });
  const { changes } = await plans.apply(definitions);
  const problems = files.errors.map(formatDetail);
  const failed = new Set<string>();
  for (const { id, action, error } of changes) {
    if (error === undefined) {
      if (action !== 'delete') counts[action] += 1;
      continue;
    }
    failed.add(id);
    const file = files.definitions.find(({ definition }) => definition.id === id)?.file ?? id;
    problems.push(
      `${file} ${error.detail}`,
      ...error.errors.map((detail) => `  ${formatDetail(inFile(detail, file))}`),
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
