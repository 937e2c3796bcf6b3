import { z } from 'zod';
import { runStatus } from '../views.js';

const instant = z.iso.datetime();

/** What became of one expected fire. The run's own outcome is in `runs`; `failed` is a fire whose run did not complete. */
export const slotStatus = z.enum([
  'ran',
  'late',
  'running',
  'failed',
  'backfilled',
  'triggered',
  'skippedByOverlap',
  'skippedDate',
  'paused',
  'missedCatchup',
  'notStarted',
  'buffered',
  'toCome',
  'beforeCreation',
  'unknown',
]);
export type SlotStatus = z.output<typeof slotStatus>;

export const slotRunView = z.object({
  workflowId: z.string(),
  runId: z.string(),
  /** Null when the run is no longer kept and only the scheduler remembers that it started it. */
  status: runStatus.nullable(),
  trigger: z.enum(['schedule', 'manual', 'backfill']),
  startTime: instant,
  closeTime: instant.nullable(),
});
export type SlotRunView = z.output<typeof slotRunView>;

/** One expected fire of a schedule, what became of it, and how that is known. */
export const slotView = z.object({
  scheduledTime: instant,
  status: slotStatus,
  lateBySeconds: z.number().optional().describe('From the scheduled time to the start of the run, where that was late'),
  skip: z
    .object({
      path: z.string().optional().describe('Where in the spec, such as skipDates[3]'),
      date: z.iso.date().describe("In the schedule's timezone"),
      comment: z.string().optional(),
    })
    .optional()
    .describe('What took the fire out'),
  pause: z
    .object({
      since: instant.nullable(),
      until: instant.nullable(),
      by: z.string().nullable(),
      note: z.string(),
    })
    .optional()
    .describe('The pause that kept it from running'),
  runs: z.array(slotRunView).describe('Runs for this time, by their start'),
  evidence: z.array(z.string()).describe('How it is known: sentences, each with its source'),
});
export type SlotView = z.output<typeof slotView>;
