import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { AppliedChange, ApplyView, PlanView } from '../../domain/plan/plan.js';

export interface PlanServiceOptions {
  client: Client;
  /** Task queue of actions that name none. */
  taskQueue: string;
  /** Owner where a call names none. */
  owner: string;
}

export interface PlanOptions {
  /** Whose schedules these are. */
  owner?: string | undefined;
  /** Delete what the owner has and the definitions do not; a list of ids allows these alone. */
  prune?: boolean | readonly string[] | undefined;
  /** Compare every field of every live schedule, and not digests. */
  deep?: boolean | undefined;
  /** Take over schedules that belong to others, or to nobody. */
  adopt?: boolean | undefined;
  /** Milliseconds over which fire times are compared (default 30 days). */
  horizonMs?: number | undefined;
}

export interface ApplyOptions extends PlanOptions {
  /** Called before anything is written. */
  onPlan?: ((plan: PlanView) => void) | undefined;
  /** Called after each change but no-ops, in the order in which they end. */
  onChange?: ((change: AppliedChange, progress: { done: number; total: number }) => void) | undefined;
  /** Ends the apply: changes not begun get an error. */
  signal?: AbortSignal | undefined;
}

/**
 * Definitions against the live schedules of an owner. Two definitions with one id are `invalid-input`; that Temporal can't
 * be read is `unavailable` or `throttled`. In `apply` one schedule that fails does not keep the others from being applied.
 */
export interface PlanService {
  plan(definitions: readonly ScheduleDefinition[], options?: PlanOptions): Promise<PlanView>;
  apply(definitions: readonly ScheduleDefinition[], options?: ApplyOptions): Promise<ApplyView>;
}

export function createPlanService(_options: PlanServiceOptions): PlanService {
  return {
    plan: async () => Promise.reject(new AlmanacError('internal', 'not there yet')),
    apply: async () => Promise.reject(new AlmanacError('internal', 'not there yet')),
  };
}
