import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** The history of a run as the server hands it over, oldest events first; whoever leaves the loop early asks for no more of it. */
export async function* historyPages(
  client: Client,
  execution: { workflowId: string; runId: string },
  maximumPageSize?: number,
): AsyncGenerator<temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution,
      nextPageToken,
      ...(maximumPageSize === undefined ? {} : { maximumPageSize }),
    });
    yield page;
    nextPageToken = page.nextPageToken ?? new Uint8Array();
  } while (nextPageToken.length > 0);
}
