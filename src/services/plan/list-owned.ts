import type { Client } from '@temporalio/client';
import { AlmanacError } from '../../domain/errors.js';
import type { ListedSchedule } from '../../domain/plan/plan-input.js';
import { searchAttributes } from '../../domain/temporal-names.js';
import { keywordOf } from '../payloads.js';
import { callTemporal } from '../temporal-call.js';
import { equals } from '../visibility-query.js';

/** The most that the server gives in one page. */
const pageSize = 1_000;
const pageDeadlineMs = 5_000;

/**
 * The schedules of an owner as visibility knows them, by id: owner and digest, without describing any. Visibility follows the
 * schedules by some moments, so what is missing or other than expected is to be described before that is believed.
 * @throws AlmanacError unavailable, throttled; `failed` where the namespace lacks Almanac's search attributes
 */
export async function listOwned(client: Client, owner: string): Promise<Map<string, ListedSchedule>> {
  const listed = new Map<string, ListedSchedule>();
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const token = nextPageToken;
    const page = await callTemporal(
      client,
      () =>
        client.workflowService.listSchedules({
          namespace: client.options.namespace,
          maximumPageSize: pageSize,
          nextPageToken: token,
          query: equals('AlmanacOwner', owner),
        }),
      { subject: 'the list of schedules', deadlineMs: pageDeadlineMs },
    ).catch((error: unknown) => {
      throw asMissingAttribute(error, client.options.namespace);
    });
    for (const { scheduleId, searchAttributes } of page.schedules ?? []) {
      const id = scheduleId ?? '';
      listed.set(id, { id, owner, digest: keywordOf(searchAttributes?.indexedFields, 'AlmanacDigest') });
    }
    nextPageToken = page.nextPageToken ?? new Uint8Array();
  } while (nextPageToken.length > 0);
  return listed;
}

/** The query is ours, so the server refuses it only where it does not know the attribute. */
function asMissingAttribute(error: unknown, namespace: string): unknown {
  if (!(error instanceof AlmanacError && error.code === 'invalid-input')) return error;
  const flags = Object.entries(searchAttributes).map(([name, type]) => `--name ${name} --type ${type}`);
  return new AlmanacError(
    'failed',
    `namespace ${namespace} lacks the search attributes of Almanac. npm start adds them to its own server; elsewhere add them once: ` +
      `temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`,
    { cause: error },
  );
}
