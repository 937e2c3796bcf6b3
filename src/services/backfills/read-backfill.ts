import type { Client } from '@temporalio/client';
import protos from '@temporalio/proto';
import type { BackfillView } from '../../domain/backfill/views.js';
import { AlmanacError } from '../../domain/errors.js';
import { backfillWorkflow } from '../../domain/temporal-names.js';
import { payloadsOf } from '../payloads.js';
import { readOutcome } from '../runs/run-outcome.js';
import { toBackfillView } from './backfill-view.js';

const { HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT } = protos.temporal.api.enums.v1.HistoryEventFilterType;

/** @throws AlmanacError not-found also for a workflow that is no backfill */
export async function describeBackfill(client: Client, id: string) {
  const { workflowExecutionInfo: info } = await client.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId: id },
  });
  const view = info?.type?.name === backfillWorkflow ? await toBackfillView(info, payloadsOf(client)) : undefined;
  if (view === undefined) throw new AlmanacError('not-found', `backfill ${id} does not exist`);
  return view;
}

/** A backfill, and of one that failed the reason. */
export async function readBackfill(client: Client, id: string): Promise<BackfillView> {
  const { requestDigest: _, ...view } = await describeBackfill(client, id);
  if (view.status !== 'failed') return view;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: id, runId: view.runId },
    historyEventFilterType: HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
  });
  const { error } = await readOutcome('failed', history?.events?.at(-1), payloadsOf(client));
  return error === null ? view : { ...view, error: error.message };
}
