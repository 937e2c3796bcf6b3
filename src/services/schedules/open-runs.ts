import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { AlmanacError } from '../../domain/errors.js';
import { isNotFound } from '../temporal-call.js';
import { allOf, runsOfSchedule } from '../visibility-query.js';
import { describeLive, type LiveSchedule } from './live-schedule.js';
import type { RunReference } from './wait-for-triggered-run.js';

/** Open runs of a schedule: what the schedule itself tracks at once, and what visibility shows a moment later. */
export async function openRuns(client: Client, live: LiveSchedule): Promise<RunReference[]> {
  const [tracked, visible] = await Promise.all([
    describeLive(client, live.id),
    client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query: allOf([runsOfSchedule(live.id), "ExecutionStatus = 'Running'"]),
      pageSize: 100,
    }),
  ]);
  const runs = [
    ...(tracked.raw.info?.runningWorkflows ?? []),
    ...(visible.executions ?? []).map((execution) => execution.execution),
  ].flatMap((run) => (run?.workflowId && run.runId ? [{ workflowId: run.workflowId, runId: run.runId }] : []));
  return [...new Map(runs.map((run) => [run.runId, run])).values()];
}

/**
 * Applies an overlap policy before a run that is started here.
 * @throws AlmanacError conflict when a run stays in the way
 */
export async function makeRoom(
  client: Client,
  live: LiveSchedule,
  overlap: 'skip' | 'cancelOther' | 'terminateOther',
): Promise<void> {
  const runs = await openRuns(client, live);
  const [first] = runs;
  if (first === undefined) return;
  if (overlap === 'skip') throw inTheWay(live.id, first, 'is running and overlap is skip');
  await Promise.all(runs.map((run) => endRun(client, run, overlap)));
  const deadline = Date.now() + 2_500;
  for (;;) {
    const open = [];
    for (const run of runs) if (await isOpen(client, run)) open.push(run);
    const [left] = open;
    if (left === undefined) return;
    if (Date.now() > deadline) {
      throw inTheWay(live.id, left, 'was told to end and is still cleaning up: trigger again when it has');
    }
    await sleep(100);
  }
}

function inTheWay(id: string, run: RunReference, why: string): AlmanacError {
  return new AlmanacError('conflict', `not started: ${run.workflowId} (run ${run.runId}) of schedule ${id} ${why}`, {
    details: [{ path: 'overlap', message: 'this run is in the way', value: run }],
  });
}

async function endRun(client: Client, run: RunReference, overlap: 'cancelOther' | 'terminateOther'): Promise<void> {
  const request = {
    namespace: client.options.namespace,
    identity: client.options.identity,
    workflowExecution: run,
    reason: `another run was triggered with overlap ${overlap}`,
  };
  try {
    if (overlap === 'terminateOther') await client.workflowService.terminateWorkflowExecution(request);
    else await client.workflowService.requestCancelWorkflowExecution({ ...request, requestId: randomUUID() });
  } catch (error) {
    // It ended by itself.
    if (!isNotFound(error)) throw error;
  }
}

async function isOpen(client: Client, run: RunReference): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
