import type { Client } from '@temporalio/client';
import protos, { type temporal } from '@temporalio/proto';
import type { SlotRuns, StartedSlots, StartSlots } from '../../domain/backfill/activities.js';
import type { RunReference } from '../../domain/backfill/progress.js';
import type { BackfillOnly } from '../../domain/backfill/request.js';
import { slotTime, slotWorkflowId } from '../../domain/backfill/slot.js';
import { describeLive, type LiveSchedule } from '../schedules/live-schedule.js';
import { overlapToProto } from '../schedules/schedule-proto.js';
import { startRequestOf } from '../schedules/start-run.js';
import { callTemporal, isAlreadyExists, isNotFound } from '../temporal-call.js';
import { eachOf } from './each-of.js';
import { firstEnded } from './first-ended.js';
import { liveRuns } from './live-runs.js';
import { RunEnds } from './run-ends.js';

const { WorkflowIdReusePolicy: Reuse, WorkflowIdConflictPolicy: Conflict } = protos.temporal.api.enums.v1;

/** What may have run before under the workflow id of a slot. None of these starts a run beside one that is open. */
const reusePolicies = {
  missing: Reuse.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
  failed: Reuse.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
  all: Reuse.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
} as const satisfies Record<BackfillOnly, temporal.api.enums.v1.WorkflowIdReusePolicy>;

const startsAtOnce = 20;
/** Of all starts of one call. */
const startDeadlineMs = 20_000;
/** How long the description of a schedule whose runs may overlap serves for further starts. */
const descriptionMs = 1_000;

/** The runs of slots over a Temporal client, for the activities of the backfill workflow. */
export function createSlotRuns(client: Client): SlotRuns {
  const ends = new RunEnds(client);
  let described: { live: LiveSchedule; until: number } | undefined;

  async function describe(id: string): Promise<LiveSchedule> {
    if (described?.live.id === id && Date.now() < described.until) return described.live;
    const live = await describeLive(client, id);
    described = allowsOverlap(live) ? { live, until: Date.now() + descriptionMs } : undefined;
    return live;
  }

  return {
    start: (request) =>
      callTemporal(
        client,
        async (): Promise<StartedSlots> => {
          const live = await describe(request.scheduleId);
          const yieldTo = allowsOverlap(live) ? [] : await liveRuns(client, live);
          if (yieldTo.length > 0) return { started: [], skipped: [], yieldTo };
          const started: StartedSlots['started'] = [];
          const skipped: number[] = [];
          await eachOf(request.slots, startsAtOnce, async (slot) => {
            const run = await startSlot(client, live, request, slot);
            if (run === undefined) skipped.push(slot);
            else started.push({ slot, run });
          });
          return { started, skipped, yieldTo };
        },
        { subject: `schedule ${request.scheduleId}`, deadlineMs: startDeadlineMs },
      ),
    firstEnded: (runs, signal) => firstEnded(ends, runs, signal),
    cancel: (runs, reason) =>
      callTemporal(client, () => eachOf(runs, startsAtOnce, (run) => cancelRun(client, run, reason)), {
        deadlineMs: startDeadlineMs,
      }),
  };
}

function allowsOverlap(live: LiveSchedule): boolean {
  return live.raw.schedule?.policies?.overlapPolicy === overlapToProto.allowAll;
}

/** The run of a slot; undefined when the slot needs none any more. */
async function startSlot(
  client: Client,
  live: LiveSchedule,
  { backfillId, only, input }: StartSlots,
  slot: number,
): Promise<RunReference | undefined> {
  const workflowId = slotWorkflowId(live.raw.schedule?.action?.startWorkflow?.workflowId ?? live.id, slot);
  const origin = { trigger: 'backfill', scheduledTime: slotTime(slot), backfillId } as const;
  try {
    const { runId } = await client.workflowService.startWorkflowExecution({
      ...(await startRequestOf(client, live, { workflowId, origin, input })),
      // The same request again, after a crash, is answered with the run of the first, even when that has ended.
      requestId: `${backfillId}/${slot}`,
      workflowIdReusePolicy: reusePolicies[only],
      workflowIdConflictPolicy: Conflict.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
    });
    return { workflowId, runId };
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

async function cancelRun(client: Client, run: RunReference, reason: string): Promise<void> {
  try {
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      identity: client.options.identity,
      requestId: `${run.runId}/backfill`,
      workflowExecution: run,
      reason,
    });
  } catch (error) {
    // It ended by itself.
    if (!isNotFound(error)) throw error;
  }
}
