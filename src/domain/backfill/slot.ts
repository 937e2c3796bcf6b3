import type { RunStatus } from '../views.js';
import type { BackfillOnly } from './request.js';

/** What became of a slot before a backfill looks at it, by the latest run of its workflow id. */
export type SlotBefore = 'missing' | 'succeeded' | 'failed' | 'running';

/**
 * The workflow id of the run for a nominal time: the server's (startWorkflow in service/worker/scheduler/workflow.go of server
 * 1.31.2), so a slot has one id whoever starts it.
 * @param base workflow id of the schedule's action
 * @param slot seconds since 1970
 */
export function slotWorkflowId(base: string, slot: number): string {
  return `${base}-${slotTime(slot).replace('.000Z', 'Z')}`;
}

/** ISO 8601 UTC. */
export function slotTime(slot: number): string {
  return new Date(slot * 1000).toISOString();
}

/** @param status of the latest run; undefined when there is none, or none any more */
export function slotBefore(status: RunStatus | undefined): SlotBefore {
  switch (status) {
    case undefined:
      return 'missing';
    case 'completed':
      return 'succeeded';
    case 'running':
    case 'paused':
    case 'continuedAsNew':
      return 'running';
    default:
      return 'failed';
  }
}

/** Does a backfill run this slot? One that runs is never run beside itself. */
export function isWanted(only: BackfillOnly, before: SlotBefore): boolean {
  if (before === 'running') return false;
  return only === 'all' || before === only;
}
