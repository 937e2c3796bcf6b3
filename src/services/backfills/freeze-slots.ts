import type { Client } from '@temporalio/client';
import { expectedCost, type Prices } from '../../domain/backfill/cost.js';
import { estimatedEnd } from '../../domain/backfill/estimate.js';
import { checkRange, slotsBetween } from '../../domain/backfill/range.js';
import type { BackfillOnly, BackfillOrder } from '../../domain/backfill/request.js';
import { isWanted, type SlotBefore, slotBefore, slotTime, slotWorkflowId } from '../../domain/backfill/slot.js';
import type { BackfillPlanView } from '../../domain/backfill/views.js';
import type { RunSummaryView } from '../../domain/views.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { specFromProto } from '../schedules/spec-from-proto.js';
import { completedRuns, earlierRuns } from './earlier-runs.js';
import { usualCost } from './run-cost.js';

export interface SlotQuery {
  start: Date;
  end: Date;
  only: BackfillOnly;
}

export interface FrozenSlot {
  /** Seconds since 1970. */
  slot: number;
  workflowId: string;
  before: SlotBefore;
  run: RunSummaryView | undefined;
}

export interface FrozenSlots {
  /** Those that are to run, ascending. */
  slots: FrozenSlot[];
  leftOut: Record<SlotBefore, number>;
  /** Usual duration of a run in milliseconds. */
  expectedMs: number | undefined;
  /** Usual cost of a run, where it was looked for. */
  cost: Awaited<ReturnType<typeof usualCost>>;
}

/**
 * The slots of a range as they stand now: by the spec that the server has, read with this process's timezone data, and by the runs
 * that it remembers. From here on nothing changes them.
 * @param look false leaves alone what only people want to know: earlier runs that the choice does not depend on, and what runs cost
 * @throws AlmanacError invalid-input for a bad range, over-cap for too many slots
 */
export async function freezeSlots(
  client: Client,
  live: LiveSchedule,
  { start, end, only }: SlotQuery,
  { now, max, look }: { now: Date; max: number; look: boolean },
): Promise<FrozenSlots> {
  const range = checkRange({ start, end }, now);
  const times = slotsBetween(specFromProto(live.raw.schedule?.spec ?? {}), range, max);
  const base = live.raw.schedule?.action?.startWorkflow?.workflowId ?? live.id;
  const [runs, completed] = await Promise.all([
    times.length > 0 && (look || only !== 'all')
      ? earlierRuns(client, live.id, range)
      : new Map<string, RunSummaryView>(),
    completedRuns(client, live.id),
  ]);
  const slots: FrozenSlot[] = [];
  const leftOut = { missing: 0, succeeded: 0, failed: 0, running: 0 };
  for (const slot of times) {
    const workflowId = slotWorkflowId(base, slot);
    const run = runs.get(workflowId);
    const before = slotBefore(run?.status);
    if (isWanted(only, before)) slots.push({ slot, workflowId, before, run });
    else leftOut[before] += 1;
  }
  const cost = look ? await usualCost(client, completed.runs) : undefined;
  return { slots, leftOut, expectedMs: completed.durationMs, cost };
}

export interface PlanSettings {
  only: BackfillOnly;
  order: BackfillOrder;
  maxConcurrent: number;
  now: Date;
  prices: Prices | undefined;
}

/** What a dry run shows: data only, nothing was started. */
export function planView(
  scheduleId: string,
  { slots, leftOut, expectedMs, cost }: FrozenSlots,
  { only, order, maxConcurrent, now, prices }: PlanSettings,
): BackfillPlanView {
  const pending = slots.length;
  const end = estimatedEnd({ now: now.getTime(), pending, running: [], maxConcurrent, slotMs: expectedMs });
  return {
    scheduleId,
    dryRun: true,
    only,
    total: pending,
    slots: (order === 'oldest' ? slots : slots.toReversed()).map(({ slot, workflowId, before, run }) => ({
      scheduledTime: slotTime(slot),
      workflowId,
      before,
      ...(run === undefined ? {} : { run }),
    })),
    leftOut,
    expected: {
      durationMs: expectedMs ?? null,
      runTimeMs: expectedMs === undefined ? null : expectedMs * pending,
      end: end === undefined ? null : new Date(end).toISOString(),
      cost: expectedCost(cost, pending, prices),
    },
  };
}
