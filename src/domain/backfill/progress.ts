import { z } from 'zod';
import { backfillRequest } from './request.js';

/** The two memos of the backfill workflow make its view, in a list too, without a query and so without a worker. */

/** Set when the backfill starts, never changed. */
export const backfillRecord = backfillRequest.extend({
  scheduleId: z.string(),
  total: z.int(),
  createdBy: z.string(),
  /** A backfill that continues as new keeps it. */
  createdAt: z.iso.datetime(),
  /** Digest of the request that an Idempotency-Key stands for. */
  requestDigest: z.string().optional(),
});
export type BackfillRecord = z.output<typeof backfillRecord>;

const instant = z.iso.datetime();
export const runReference = z.object({ workflowId: z.string(), runId: z.string() });
export type RunReference = z.output<typeof runReference>;

/** Renewed by the workflow whenever something changes. */
export const backfillProgress = z.object({
  running: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  /** Slots that were found done, or running, when their turn came. */
  skipped: z.int(),
  /** Expected end; null when paused or when nothing is known of the duration. */
  eta: instant.nullable(),
  paused: z.object({ at: instant, by: z.string(), note: z.string().optional() }).optional(),
  /** A run of the schedule itself that goes first. */
  yieldingTo: runReference.optional(),
});
export type BackfillProgress = z.output<typeof backfillProgress>;

export const nothingDone: BackfillProgress = { running: 0, succeeded: 0, failed: 0, skipped: 0, eta: null };
