import { AlmanacError, type ErrorDetail } from '../errors.js';
import { type CheckOptions, checkDefinition, maxDefinitionBytes, type PlacedDetail } from './check.js';
import { field } from './fault.js';
import type { ScheduleDefinition } from './schedule-definition.js';

export { type DefinitionFile, type ParsedDefinitionFiles, parseDefinitionFiles } from './parse-files.js';

/**
 * A definition that came as a JSON value, as in an HTTP body.
 *
 * @throws AlmanacError `invalid-input` with every fault at once, or `too-large`
 */
export function parseDefinition(value: unknown, options: CheckOptions = {}): ScheduleDefinition {
  const { definition, errors } = checkDefinition(value, options);
  const unresolved = fileOfDates(value);
  const details = [...(unresolved ? [unresolved] : []), ...errors.map(withoutPlace)];
  if (definition !== undefined && details.length === 0) return definition;
  const [first] = details;
  if (details.length === 1 && first?.message.startsWith('too large')) {
    throw new AlmanacError('too-large', `the definition is larger than ${maxDefinitionBytes / 1024} KiB`, { details });
  }
  const count = details.length === 1 ? '1 error' : `${details.length} errors`;
  throw new AlmanacError('invalid-input', `the definition has ${count}`, { details });
}

/** Only where the files are can a name be replaced by its dates. */
function fileOfDates(value: unknown): ErrorDetail | undefined {
  const named = field(field(value, 'spec'), 'skipDates');
  if (typeof named !== 'string' || !named.endsWith('.json')) return undefined;
  const message = 'names a file: the command line and the deploy replace it by its dates; send the list of dates here';
  return { path: 'spec.skipDates', message, value: named };
}

function withoutPlace({ atKey: _, ...detail }: PlacedDetail): ErrorDetail {
  return detail;
}
