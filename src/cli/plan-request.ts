import { statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import type { ScheduleDefinition } from '../domain/definition/schedule-definition.js';
import { parseDuration } from '../domain/duration.js';
import { AlmanacError, type ErrorDetail, formatDetail } from '../domain/errors.js';
import { defaultHorizon } from '../domain/plan/plan.js';
import type { PlanRequest } from './backend/backend.js';
import type { Cli } from './cli.js';
import { count, oneLine } from './output/text.js';

/** Flags that `plan` and `apply` share. */
export interface PlanFlags {
  owner?: string;
  prune?: true;
  deep?: true;
  adopt?: true;
  horizon?: string;
}

const defaultFolder = 'schedules';
const shortestHorizonMs = 60_000;
const longestHorizonMs = 366 * 86_400_000;

export function addPlanFlags(command: Command): Command {
  return command
    .argument('[dir|file]', `folder of schedule files, or one file (else ${defaultFolder})`)
    .option('--owner <name>', 'whose schedules these are (else the name in the nearest package.json)')
    .option('--prune', 'delete what this owner has on the server and no file wants')
    .option('--deep', 'compare every field of every schedule: shows what was changed by hand')
    .option('--adopt', 'take over schedules of the same ids that belong to others, or to nobody')
    .option('--horizon <duration>', `compare fire times over this time (else ${defaultHorizon})`);
}

/** What is planned: every file read and valid. */
export interface PlanFiles {
  request: PlanRequest;
  byId: ReadonlyMap<string, ScheduleDefinition>;
  warnings: ErrorDetail[];
}

/**
 * Reads and checks all files before anything is asked of a server.
 *
 * @throws AlmanacError `invalid-input` with every error of every file at once
 */
export async function readPlanFiles(target: string | undefined, flags: PlanFlags, cli: Cli): Promise<PlanFiles> {
  const [{ loadDefinitionFiles }, { defaultOwner }] = await Promise.all([
    import('../services/definition-files.js'),
    import('../services/plan/default-owner.js'),
  ]);
  const horizonMs = horizonOf(flags);
  const from = target ?? defaultFolder;
  const loaded = await loadDefinitionFiles(from, { now: new Date(cli.host.now()) });
  if (loaded.errors.length > 0) {
    const files = new Set(loaded.errors.map(({ file }) => file)).size;
    const message = `${count(loaded.errors.length, 'error')} in ${count(files, 'file')}: nothing is planned until they are mended`;
    throw new AlmanacError('invalid-input', message, { details: loaded.errors });
  }
  const isFile = statSync(from).isFile();
  if (isFile && flags.prune) {
    throw new AlmanacError('invalid-input', `--prune would delete all but ${from}: give the folder of all files`);
  }
  const definitions = loaded.definitions.map(({ definition }) => definition);
  return {
    request: {
      definitions,
      owner: flags.owner ?? (await defaultOwner(isFile ? path.dirname(from) : from)),
      prune: flags.prune ?? false,
      deep: flags.deep ?? false,
      adopt: flags.adopt ?? false,
      horizonMs,
    },
    byId: new Map(definitions.map((definition) => [definition.id, definition])),
    warnings: loaded.warnings,
  };
}

function horizonOf({ horizon = defaultHorizon }: PlanFlags): number {
  const ms = parseDuration(horizon);
  if (ms !== undefined && ms >= shortestHorizonMs && ms <= longestHorizonMs) return ms;
  throw new AlmanacError('invalid-input', `--horizon is not a duration from 1m to 366d: write 30d or 12h`, {
    details: [{ path: '--horizon', message: 'not a duration from 1m to 366d', value: horizon }],
  });
}

/** Warnings of files, on standard error: they are about the files and not about the plan. */
export function printWarnings(warnings: readonly ErrorDetail[], cli: Cli): void {
  if (cli.json) return;
  cli.err.lines(
    warnings.map((detail) =>
      cli.err.paint('warn', oneLine(formatDetail({ ...detail, message: `warning: ${detail.message}` }))),
    ),
  );
}
