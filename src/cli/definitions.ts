import type { ScheduleDefinition } from '../domain/definition/schedule-definition.js';
import { AlmanacError, type ErrorDetail } from '../domain/errors.js';
import { loadDefinitionFiles } from '../services/definition-files.js';
import type { Cli } from './cli.js';

/** What a check of schedule files found; also what `validate --json` prints. */
export interface ValidationReport {
  valid: boolean;
  /** The definitions without an error. */
  schedules: { id: string; file: string }[];
  errors: ErrorDetail[];
  warnings: ErrorDetail[];
}

/** Checks folders and single files, all of them before anything is said. */
export async function validateTargets(targets: readonly string[], now: Date): Promise<ValidationReport> {
  const loaded = await Promise.all(targets.map((target) => loadDefinitionFiles(target, { now })));
  const errors = loaded.flatMap((part) => part.errors);
  return {
    valid: errors.length === 0,
    schedules: loaded.flatMap(({ definitions }) =>
      definitions.map(({ file, definition }) => ({ id: definition.id, file })),
    ),
    errors,
    warnings: loaded.flatMap((part) => part.warnings),
  };
}

/**
 * The one definition of a file.
 *
 * @throws AlmanacError `invalid-input` with every error of the file
 */
export async function loadDefinitionFile(file: string, cli: Cli): Promise<ScheduleDefinition> {
  const { definitions, errors } = await loadDefinitionFiles(file, { now: new Date(cli.host.now()) });
  const [first] = definitions;
  if (errors.length > 0 || first === undefined) {
    throw new AlmanacError('invalid-input', `${file} is not a valid schedule`, { details: errors });
  }
  return first.definition;
}
