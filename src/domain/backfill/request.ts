import { z } from 'zod';

/** The slots of a range that a backfill runs: those without a run, those whose latest run went wrong, or every one. */
export const backfillOnly = z.enum(['missing', 'failed', 'all']);
export type BackfillOnly = z.output<typeof backfillOnly>;

export const backfillOrder = z.enum(['oldest', 'newest']);
export type BackfillOrder = z.output<typeof backfillOrder>;

/** More would need as many long polls at once; Temporal gives a namespace 1,200 in all. */
export const largestConcurrency = 200;

/** What a backfill was asked to do, as it is kept with it. */
export const backfillRequest = z.object({
  /** First nominal time that may be a slot, ISO 8601 UTC; inclusive, as in Temporal's own backfill. */
  start: z.iso.datetime(),
  /** Last nominal time that may be a slot; inclusive. */
  end: z.iso.datetime(),
  maxConcurrent: z.int().min(1).max(largestConcurrency),
  order: backfillOrder,
  only: backfillOnly,
});
export type BackfillRequest = z.output<typeof backfillRequest>;
