import { z } from 'zod';
import { instant } from '../views.js';

/** What apply would do and what it did (DESIGN §4): the same in HTTP, in `--json` and between the parts of this program. */

export const planAction = z.enum(['create', 'update', 'delete', 'no-op']);
export type PlanAction = z.output<typeof planAction>;

/** One field, by its path in the schedule file (`spec.cron[0]`); null where there is nothing. */
export const fieldChange = z.object({
  path: z.string(),
  before: z.unknown().describe('As it is; null where there is nothing'),
  after: z.unknown().describe('As it is wanted; null where there is to be nothing'),
});
export type FieldChange = z.output<typeof fieldChange>;

/** Nominal fire times, whether the schedule is paused or not, as `fire-times` gives them. */
export const fireTimeChanges = z.object({
  gained: z.array(instant),
  lost: z.array(instant),
  moreGained: z.int().optional().describe('So many more than the list shows'),
  moreLost: z.int().optional().describe('So many more than the list shows'),
  until: instant.optional().describe('Compared up to here only: it fires too often for the whole horizon'),
});
export type FireTimeChanges = z.output<typeof fireTimeChanges>;

/** A day within the horizon on which the schedule as wanted does not fire as on others. */
export const planMark = z.object({
  date: z.iso.date().describe('In the timezone of the schedule'),
  kind: z.enum(['dst-gap', 'dst-fold', 'skipped']),
  count: z.int().describe('Fire times that day that do not exist, that come twice, or that are skipped'),
  text: z.string().describe('The same for people'),
});
export type PlanMark = z.output<typeof planMark>;

/** A value changed by hand that apply leaves as it is, because the file says nothing new about it. */
export const keptValue = z.object({
  path: z.enum(['paused', 'note', 'remainingActions']),
  value: z.unknown(),
});
export type KeptValue = z.output<typeof keptValue>;

export const planWarning = z.object({ path: z.string(), message: z.string(), value: z.unknown().optional() });
export type PlanWarning = z.output<typeof planWarning>;

const changeShape = {
  id: z.string(),
  action: planAction,
  fields: z.array(fieldChange).describe('Every field that changes, drift included'),
  fireTimes: fireTimeChanges.describe('Gained and lost within the horizon'),
  drift: z
    .array(fieldChange)
    .optional()
    .describe('Fields that somebody changed on the server since they were applied: before is live, after is wanted'),
  kept: z.array(keptValue).optional().describe('Changed by hand, and left so'),
  marks: z.array(planMark).optional().describe('DST days and skipped days within the horizon'),
  foreseen: z.array(z.string()).optional().describe('Overlaps to expect, from the durations of past runs'),
  warnings: z.array(planWarning).optional(),
  owner: z
    .string()
    .nullable()
    .optional()
    .describe('Who owns the live schedule, where it is somebody else; null is nobody'),
  conflict: z.string().optional().describe('Why apply will refuse this change, and the next step'),
};

export const planChange = z.object(changeShape);
export type PlanChange = z.output<typeof planChange>;

export const planSummary = z.object({
  create: z.int(),
  update: z.int(),
  delete: z.int(),
  noOp: z.int(),
  conflict: z.int().optional().describe('So many of these will be refused'),
});
export type PlanSummary = z.output<typeof planSummary>;

const planShape = {
  owner: z.string().describe('For whom the plan is'),
  horizon: z.object({ start: instant.describe('Exclusive'), end: instant.describe('Inclusive') }),
  summary: planSummary,
  orphans: z
    .array(z.string())
    .optional()
    .describe('Ids that the owner has and no definition wants, left alone without prune'),
};

export const planView = z.object({ ...planShape, changes: z.array(planChange) });
export type PlanView = z.output<typeof planView>;

/** `updated` is also what another apply has done meanwhile in the same way: `unchanged` means that nothing was written. */
export const applyOutcome = z.enum(['created', 'updated', 'deleted', 'unchanged']);
export type ApplyOutcome = z.output<typeof applyOutcome>;

/** An RFC 9457 problem, as a route would answer with it. */
export const changeProblem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string(), value: z.unknown().optional() })),
});
export type ChangeProblem = z.output<typeof changeProblem>;

/** A change that was carried out (`result`) or not (`error`): one of the two is there. */
export const appliedChange = z.object({
  ...changeShape,
  result: applyOutcome.optional(),
  error: changeProblem.optional(),
});
export type AppliedChange = z.output<typeof appliedChange>;

/** The summary counts what was planned; `failed` is how many changes have an error. */
export const applyView = z.object({
  ...planShape,
  summary: planSummary.extend({ failed: z.int() }),
  changes: z.array(appliedChange),
});
export type ApplyView = z.output<typeof applyView>;

export const defaultHorizon = '30d';
