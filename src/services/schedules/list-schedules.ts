import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { ListView, ScheduleSummaryView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { keywordOf } from '../payloads.js';
import { allOf, equals } from '../visibility-query.js';
import type { DescriptionCache } from './description-cache.js';
import { pausedAttribute } from './initial-pause.js';
import { findLive } from './live-schedule.js';
import { toScheduleSummary } from './schedule-view.js';

export interface ScheduleFilter {
  /** Part of the id, the description, a tag or the note, whatever its case. */
  text?: string | undefined;
  tag?: string | undefined;
  paused?: boolean | undefined;
  owner?: string | undefined;
  pageSize: number;
  pageToken?: string | undefined;
}

type Entry = temporal.api.schedule.v1.IScheduleListEntry;

/** Pages of the server that one call looks through for a rare text before it hands back what it has and a token. */
const pagesPerCall = 10;
const describedAtOnce = 8;

export async function listSchedules(
  client: Client,
  descriptions: DescriptionCache,
  filter: ScheduleFilter,
): Promise<ListView<ScheduleSummaryView>> {
  const items: ScheduleSummaryView[] = [];
  const position = decodePageToken(filter.pageToken);
  for (let page = 0; page < pagesPerCall; page += 1) {
    const response = await client.workflowService.listSchedules({
      namespace: client.options.namespace,
      maximumPageSize: filter.pageSize,
      nextPageToken: position.server,
      query: listQuery(filter),
    });
    const entries = response.schedules ?? [];
    const summaries = await summarise(client, descriptions, entries.slice(position.skip));
    for (const [index, summary] of summaries.entries()) {
      if (items.length === filter.pageSize) {
        return { items, nextPageToken: encodePageToken({ ...position, skip: position.skip + index }) };
      }
      if (matchesText(summary, filter.text)) items.push(summary);
    }
    if (!response.nextPageToken?.length) return { items };
    position.server = response.nextPageToken;
    position.skip = 0;
    if (items.length === filter.pageSize) break;
  }
  return { items, nextPageToken: encodePageToken(position) };
}

function listQuery({ tag, paused, owner }: ScheduleFilter): string {
  return allOf([
    tag === undefined ? undefined : equals('AlmanacTags', tag),
    owner === undefined ? undefined : equals('AlmanacOwner', owner),
    // A schedule that somebody else created lacks the attribute until the server's scheduler has first run.
    paused === undefined ? undefined : `${pausedAttribute} ${paused ? '=' : '!='} true`,
  ]);
}

async function summarise(
  client: Client,
  descriptions: DescriptionCache,
  entries: readonly Entry[],
): Promise<ScheduleSummaryView[]> {
  const summaries: ScheduleSummaryView[] = [];
  for (let start = 0; start < entries.length; start += describedAtOnce) {
    const batch = entries.slice(start, start + describedAtOnce).map(async (entry) => {
      const digest = keywordOf(entry.searchAttributes?.indexedFields, 'AlmanacDigest');
      const description =
        digest === undefined
          ? undefined
          : await descriptions.get(
              digest,
              async () => (await findLive(client, entry.scheduleId ?? ''))?.definition?.description,
            );
      return toScheduleSummary(entry, description);
    });
    summaries.push(...(await Promise.all(batch)));
  }
  return summaries;
}

function matchesText(summary: ScheduleSummaryView, text: string | undefined): boolean {
  if (text === undefined || text === '') return true;
  const wanted = text.toLowerCase();
  return [summary.id, summary.description, summary.note, ...summary.tags].some((part) =>
    part?.toLowerCase().includes(wanted),
  );
}
