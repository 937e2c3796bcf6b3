import { z } from 'zod';

/** Shapes that HTTP, the command line and `--json` share (DESIGN §4); times are ISO 8601 UTC. */

/** ISO 8601 in UTC. */
export const instant = z.iso.datetime();

export const progressView = z.object({
  done: z.number(),
  total: z.number().optional(),
  unit: z.string(),
  rate: z.number().optional(),
  /** Of a step that goes by bytes: how many objects they are. */
  objects: z.object({ done: z.number(), total: z.number().optional() }).optional(),
  message: z.string().optional(),
});

export const stepErrorView = z.object({
  kind: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  step: z.string().optional(),
  details: z.unknown().optional(),
});

export const stepStatus = z.enum(['pending', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'cancelled']);
export type StepStatus = z.output<typeof stepStatus>;

export const callbackOperation = z.enum(['complete', 'fail', 'heartbeat', 'cancel']);
export type CallbackOperation = z.output<typeof callbackOperation>;

/** The signed notice that tells the partner of an `http.callback` that nobody waits any more, and what came of it. */
export const cancelNoticeView = z.object({
  status: z.enum(['sending', 'delivered', 'failed']),
  /** Deliveries so far, the running one included. */
  attempts: z.int(),
  startTime: instant,
  closeTime: instant.nullable(),
  error: stepErrorView.optional().describe('Why the last delivery was not taken'),
});
export type CancelNoticeView = z.output<typeof cancelNoticeView>;

export const stepView = z.object({
  id: z.string(),
  uses: z.string(),
  status: stepStatus,
  attempts: z.int(),
  startTime: instant.nullable(),
  closeTime: instant.nullable(),
  progress: progressView.optional(),
  output: z.unknown().optional(),
  error: stepErrorView.optional(),
  callback: z.object({ expiresAt: instant, operations: z.array(callbackOperation) }).optional(),
  cancelNotice: cancelNoticeView.optional(),
});
export type StepView = z.output<typeof stepView>;

export const runStatus = z.enum([
  'running',
  'completed',
  'failed',
  'canceled',
  'terminated',
  'timedOut',
  'continuedAsNew',
  'paused',
]);
export type RunStatus = z.output<typeof runStatus>;

export const runSummaryView = z.object({
  workflowId: z.string(),
  runId: z.string(),
  status: runStatus,
  scheduleId: z.string().nullable(),
  scheduledTime: instant.nullable(),
  backfillId: z.string().optional(),
  trigger: z.enum(['schedule', 'manual', 'backfill']).optional(),
  startTime: instant,
  closeTime: instant.nullable(),
});
export type RunSummaryView = z.output<typeof runSummaryView>;

export const runView = runSummaryView.extend({
  /** Who triggered it, where somebody did. */
  triggeredBy: z.string().optional(),
  steps: z.array(stepView),
  error: stepErrorView.nullable(),
});
export type RunView = z.output<typeof runView>;

export const scheduleSummaryView = z.object({
  id: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()),
  owner: z.string().nullable(),
  paused: z.boolean(),
  note: z.string(),
  nextFireTimes: z.array(instant),
  recentRuns: z.array(
    z.object({ workflowId: z.string(), runId: z.string(), scheduledTime: instant, startTime: instant }),
  ),
});
export type ScheduleSummaryView = z.output<typeof scheduleSummaryView>;

export const scheduleView = scheduleSummaryView.extend({
  /** The definition as it was applied; null for a schedule that Almanac did not make. */
  definition: z.unknown().nullable(),
  owned: z.boolean(),
  /** Who paused it and when, while it is paused and where Temporal's history tells. */
  pausedBy: z.string().optional(),
  pausedSince: instant.optional(),
  drift: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })),
  counts: z.object({
    actions: z.int(),
    missedCatchupWindow: z.int(),
    skippedOverlap: z.int(),
    running: z.int(),
  }),
});
export type ScheduleView = z.output<typeof scheduleView>;

export const fireTimesView = z.object({ fireTimes: z.array(instant), truncated: z.boolean() });
export type FireTimesView = z.output<typeof fireTimesView>;

export const pendingCallbackView = z.object({
  workflowId: z.string(),
  runId: z.string(),
  scheduleId: z.string().nullable(),
  step: z.string(),
  uses: z.string(),
  attempt: z.int(),
  startTime: instant.nullable(),
  expiresAt: instant.nullable(),
  operations: z.array(callbackOperation),
  progress: progressView.optional(),
});
export type PendingCallbackView = z.output<typeof pendingCallbackView>;

export const componentView = z.object({
  name: z.string(),
  status: z.enum(['ok', 'degraded', 'down']),
  detail: z.string().optional(),
  pid: z.int().optional(),
});

export const healthView = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  components: z.array(componentView),
});
export type HealthView = z.output<typeof healthView>;

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextPageToken: z.string().optional() });
}

export interface ListView<T> {
  items: T[];
  nextPageToken?: string;
}
