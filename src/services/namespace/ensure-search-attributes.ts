import type { Client } from '@temporalio/client';
import protos from '@temporalio/proto';
import { AlmanacError } from '../../domain/errors.js';
import { searchAttributes } from '../../domain/temporal-names.js';
import { isAlreadyExists, temporalError } from '../temporal-call.js';

const Type = protos.temporal.api.enums.v1.IndexedValueType;

const types = {
  Keyword: Type.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: Type.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const satisfies Record<(typeof searchAttributes)[keyof typeof searchAttributes], number>;

export interface EnsuredSearchAttributes {
  /** Names that were added now; empty when all were there. */
  added: string[];
}

/**
 * Makes the search attributes that Almanac needs exist in the namespace; changes nothing when they do.
 * @throws AlmanacError `forbidden` where the server does not let us (Temporal Cloud), with the command that does it;
 *   `conflict` when one exists with another type
 */
export async function ensureSearchAttributes(client: Client): Promise<EnsuredSearchAttributes> {
  const { namespace } = client.options;
  const service = operatorServiceOf(client);
  return client.withDeadline(Date.now() + 10_000, async () => {
    const existing = await readExisting(service, namespace);
    const missing = Object.entries(searchAttributes).filter(([name, type]) => {
      const found = existing[name];
      if (found === undefined || found === types[type]) return found === undefined;
      throw new AlmanacError('conflict', `search attribute ${name} of namespace ${namespace} is not a ${type}`, {
        details: [{ path: name, message: `must be a ${type}`, value: Type[found] }],
      });
    });
    if (missing.length === 0) return { added: [] };
    try {
      await service.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, types[type]])),
      });
    } catch (error) {
      // Somebody else was as quick.
      if (!isAlreadyExists(error)) throw notAllowed(error, namespace, missing);
    }
    return { added: missing.map(([name]) => name) };
  });
}

function operatorServiceOf(client: Client) {
  const { connection } = client;
  if (!('operatorService' in connection)) {
    throw new AlmanacError('internal', 'this connection to Temporal has no operator service');
  }
  return connection.operatorService as import('@temporalio/client').OperatorService;
}

async function readExisting(
  service: ReturnType<typeof operatorServiceOf>,
  namespace: string,
): Promise<Record<string, number>> {
  try {
    return (await service.listSearchAttributes({ namespace })).customAttributes ?? {};
  } catch (error) {
    throw notAllowed(error, namespace, Object.entries(searchAttributes));
  }
}

/** Only what the server refuses gets advice; a server that does not answer stays `unavailable`. */
function notAllowed(error: unknown, namespace: string, missing: [string, string][]): Error {
  const known = temporalError(error, `the search attributes of namespace ${namespace}`);
  const code = known instanceof AlmanacError ? known.code : undefined;
  if (code === 'unavailable' || code === 'throttled') return known;
  const flags = missing.map(([name, type]) => `--search-attribute "${name}=${type}"`).join(' ');
  return new AlmanacError(
    'forbidden',
    `namespace ${namespace} needs search attributes that may not be added here. Add them once: ` +
      `on Temporal Cloud with tcld namespace search-attributes add --namespace ${namespace} ${flags}; ` +
      'elsewhere with temporal operator search-attribute create, as somebody who may',
    { cause: error },
  );
}
