import { z } from 'zod';
import { runSummaryView } from '../views.js';
import { costView } from './cost.js';
import { backfillRecord, runReference } from './progress.js';
import { backfillOnly } from './request.js';

/** Shapes of backfills in HTTP and `--json`; times are ISO 8601 UTC. */

const instant = z.iso.datetime();

export const backfillStatus = z.enum([
  'running',
  'paused',
  'completed',
  'canceled',
  'failed',
  'terminated',
  'timedOut',
]);
export type BackfillStatus = z.output<typeof backfillStatus>;

export const backfillView = backfillRecord.omit({ requestDigest: true, createdAt: true, total: true }).extend({
  id: z.string().describe('Also its workflow id and the backfillId of its runs'),
  workflowId: z.string(),
  runId: z.string(),
  status: backfillStatus,
  total: z.int().describe('Slots that were frozen when it began'),
  started: z.int(),
  running: z.int(),
  succeeded: z.int(),
  failed: z.int().describe('Failed, timed out, canceled or terminated'),
  skipped: z.int().describe('Done or running already when their turn came'),
  eta: instant.nullable().describe('Expected end'),
  startTime: instant,
  closeTime: instant.nullable(),
  paused: z.object({ at: instant, by: z.string(), note: z.string().optional() }).optional(),
  yieldingTo: runReference.optional().describe('A live run of the schedule that goes first'),
  error: z.string().optional().describe('Why the backfill itself failed'),
});
export type BackfillView = z.output<typeof backfillView>;

const slotBefore = z.enum(['missing', 'succeeded', 'failed', 'running']);
export type SlotBeforeView = z.output<typeof slotBefore>;

export const backfillSlotView = z.object({
  scheduledTime: instant,
  workflowId: z.string(),
  before: slotBefore.describe('What happened to the slot so far'),
  run: runSummaryView.optional().describe('Its latest run, as far as Temporal still knows it'),
});
export type BackfillSlotView = z.output<typeof backfillSlotView>;

export const backfillPlanView = z.object({
  scheduleId: z.string(),
  dryRun: z.literal(true),
  only: backfillOnly,
  total: z.int(),
  slots: z.array(backfillSlotView).describe('What would start, in this order'),
  leftOut: z.object({ missing: z.int(), succeeded: z.int(), failed: z.int(), running: z.int() }),
  expected: z.object({
    durationMs: z.number().nullable().describe('Of one run, by the median of the latest completed runs'),
    runTimeMs: z.number().nullable().describe('Of all runs together'),
    end: instant.nullable().describe('If it began now'),
    cost: costView.nullable().describe('Of the runs; null while none has completed'),
  }),
});
export type BackfillPlanView = z.output<typeof backfillPlanView>;
