import type { Client } from '@temporalio/client';
import type { BackfillView } from '../../domain/backfill/views.js';
import { backfillWorkflow } from '../../domain/temporal-names.js';
import type { ListView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { payloadsOf } from '../payloads.js';
import { allOf, equals, quote } from '../visibility-query.js';
import { toBackfillView } from './backfill-view.js';
import { backfillIdPrefix } from './start-backfill.js';

export interface BackfillFilter {
  scheduleId?: string | undefined;
  pageSize: number;
  pageToken?: string | undefined;
}

/** Newest first, as visibility has them: their progress stands in their memo. */
export async function listBackfills(client: Client, filter: BackfillFilter): Promise<ListView<BackfillView>> {
  const { scheduleId, pageSize, pageToken } = filter;
  const response = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    pageSize,
    nextPageToken: decodePageToken(pageToken).server,
    query: allOf([
      equals('WorkflowType', backfillWorkflow),
      "ExecutionStatus != 'ContinuedAsNew'",
      scheduleId === undefined ? undefined : `WorkflowId STARTS_WITH ${quote(backfillIdPrefix(scheduleId))}`,
    ]),
  });
  const payloads = payloadsOf(client);
  const views = await Promise.all((response.executions ?? []).map((info) => toBackfillView(info, payloads)));
  const server = response.nextPageToken ?? new Uint8Array();
  return {
    items: views.flatMap((view) => {
      if (view === undefined || (scheduleId !== undefined && view.scheduleId !== scheduleId)) return [];
      const { requestDigest: _, ...shown } = view;
      return [shown];
    }),
    ...(server.length > 0 ? { nextPageToken: encodePageToken({ server, skip: 0 }) } : {}),
  };
}
