import type { Client } from '@temporalio/client';
import {
  extstoreInboundOptions,
  visit,
  walkGetWorkflowExecutionHistoryResponse,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { historyPages } from '../history-pages.js';

/** The whole history of a run; payloads that were put aside are fetched where this process has their storage. */
export async function readHistory(
  client: Client,
  execution: { workflowId: string; runId: string },
): Promise<temporal.api.history.v1.IHistoryEvent[]> {
  const { externalStorage } = client.options.loadedDataConverter;
  const events: temporal.api.history.v1.IHistoryEvent[] = [];
  for await (const page of historyPages(client, execution)) {
    if (externalStorage) {
      await visit(page, walkGetWorkflowExecutionHistoryResponse, extstoreInboundOptions(externalStorage));
    }
    events.push(...(page.history?.events ?? []));
  }
  return events;
}
