import { z } from 'zod';

/** What a run took of what costs money, whoever is paid for it. */
export interface RunCost {
  /** Billable actions of Temporal Cloud. */
  actions: number;
  /** Milliseconds in which workers did activities; waiting for a callback is not among them. */
  activityMs: number;
}

/** Prices of the user's own contract: nobody else knows them, and none is built in. */
export const prices = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'not a currency code, such as EUR'),
  millionActions: z.number().min(0).optional().describe('of a million actions of Temporal'),
  activityHour: z
    .number()
    .min(0)
    .optional()
    .describe('of an hour of one activity: a worker’s hour divided by the activities that it usually does at once'),
});
export type Prices = z.output<typeof prices>;

const amount = z.number().describe('In the currency');

export const costView = z.object({
  actions: z
    .int()
    .describe('Billable actions of Temporal, by the histories of the latest completed runs; no heartbeats'),
  activityMs: z.number().describe('In which workers do activities, all runs together'),
  runsLookedAt: z.int().describe('Completed runs that this was judged by'),
  money: z
    .object({ currency: z.string(), total: amount, actions: amount.optional(), activities: amount.optional() })
    .optional()
    .describe('By the prices in ALMANAC_PRICES; absent without them'),
});
export type CostView = z.output<typeof costView>;

/**
 * What so many runs would cost, each as much as those that were looked at.
 * @param one of a usual run; undefined when none has completed
 * @returns null when nothing is known
 */
export function expectedCost(
  one: (RunCost & { runsLookedAt: number }) | undefined,
  runs: number,
  given: Prices | undefined,
): CostView | null {
  if (one === undefined) return null;
  const actions = one.actions * runs;
  const activityMs = one.activityMs * runs;
  const money = given && moneyOf({ actions, activityMs }, given);
  return { actions, activityMs, runsLookedAt: one.runsLookedAt, ...(money === undefined ? {} : { money }) };
}

const hourMs = 3_600_000;

function moneyOf({ actions, activityMs }: RunCost, { currency, millionActions, activityHour }: Prices) {
  const parts = {
    ...(millionActions === undefined ? {} : { actions: (actions / 1e6) * millionActions }),
    ...(activityHour === undefined ? {} : { activities: (activityMs / hourMs) * activityHour }),
  };
  const amounts = Object.values(parts);
  if (amounts.length === 0) return undefined;
  return { currency, total: amounts.reduce((sum, one) => sum + one, 0), ...parts };
}
