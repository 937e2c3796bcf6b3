import { parseDefinition } from '../domain/definition/parse.js';
import type { ScheduleDefinition } from '../domain/definition/schedule-definition.js';
import { AlmanacError, type ErrorDetail } from '../domain/errors.js';

/**
 * A definition that stands inside a body; faults are reported where they stand there.
 * @param place such as `definition` or `definitions[3]`
 * @throws AlmanacError as `parseDefinition`
 */
export function parseDefinitionAt(value: unknown, place: string): ScheduleDefinition {
  try {
    return parseDefinition(value);
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    const details = error.details.map((detail) => ({ ...detail, path: joined(place, detail.path) }));
    throw new AlmanacError(error.code, error.message, { details, cause: error });
  }
}

function joined(place: string, path: string): string {
  return path === '' || path.startsWith('[') ? `${place}${path}` : `${place}.${path}`;
}

/**
 * All of a list, or every fault of every one.
 * @throws AlmanacError invalid-input
 */
export function parseDefinitionsAt(values: readonly unknown[], place: string): ScheduleDefinition[] {
  const definitions: ScheduleDefinition[] = [];
  const details: ErrorDetail[] = [];
  for (const [index, value] of values.entries()) {
    try {
      definitions.push(parseDefinitionAt(value, `${place}[${index}]`));
    } catch (error) {
      if (!(error instanceof AlmanacError)) throw error;
      details.push(...error.details);
    }
  }
  if (details.length === 0) return definitions;
  const count = details.length === 1 ? 'an error' : `${details.length} errors`;
  throw new AlmanacError('invalid-input', `the definitions have ${count}`, { details });
}
