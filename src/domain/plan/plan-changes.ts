import { changeOf, deletion } from './change-of.js';
import type { FireTimeHorizon } from './compare-fire-times.js';
import type { PlanChange, PlanSummary, PlanView } from './plan.js';
import type { PlanInput } from './plan-input.js';

/** Fire times shown in a list, and looked at in all over a whole plan and at least for each schedule. */
const shown = 50;
const stepsOfPlan = 1_000_000;
const leastSteps = 1_000;
const mostSteps = 50_000;

/** What apply would do: definitions in their order, then deletions. Pure: the same input gives the same plan. */
export function planChanges(input: PlanInput): PlanView {
  const { owner, desired, live, now, horizonMs } = input;
  const horizon: FireTimeHorizon = {
    start: now,
    end: new Date(now.getTime() + horizonMs),
    steps: Math.min(mostSteps, Math.max(leastSteps, Math.floor(stepsOfPlan / Math.max(desired.length, 1)))),
    shown,
  };
  const byId = new Map(live.map((schedule) => [schedule.id, schedule]));
  const wanted = new Set<string>(desired.map(({ definition }) => definition.id));
  const orphans = live
    .filter((schedule) => schedule.owner === owner && !wanted.has(schedule.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { prune } = input;
  const doomed = orphans.filter(({ id }) => (typeof prune === 'boolean' ? prune : prune.includes(id)));
  const left = orphans.filter((schedule) => !doomed.includes(schedule));
  const changes = [
    ...desired.map((schedule) => changeOf(schedule, byId.get(schedule.definition.id), { ...input, horizon })),
    ...doomed.map((schedule) => deletion(schedule, horizon)),
  ];
  return {
    owner,
    horizon: { start: horizon.start.toISOString(), end: horizon.end.toISOString() },
    summary: summarise(changes),
    changes,
    ...(left.length === 0 ? {} : { orphans: left.map(({ id }) => id) }),
  };
}

export function summarise(changes: readonly PlanChange[]): PlanSummary {
  const count = (action: PlanChange['action']) => changes.filter((change) => change.action === action).length;
  const conflict = changes.filter((change) => change.conflict !== undefined).length;
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    noOp: count('no-op'),
    ...(conflict === 0 ? {} : { conflict }),
  };
}
