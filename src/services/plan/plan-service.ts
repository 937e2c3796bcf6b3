import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { parseDuration } from '../../domain/duration.js';
import { AlmanacError } from '../../domain/errors.js';
import { duplicateIds } from '../../domain/plan/duplicate-ids.js';
import {
  type AppliedChange,
  type ApplyView,
  defaultHorizon,
  type PlanChange,
  type PlanView,
  type PlanWarning,
} from '../../domain/plan/plan.js';
import { planChanges, summarise } from '../../domain/plan/plan-changes.js';
import type { DesiredSchedule } from '../../domain/plan/plan-input.js';
import { definitionDigest } from '../schedules/definition-digest.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { timezoneWarnings } from '../schedules/timezone-check.js';
import { applyPlan } from './apply-plan.js';
import type { PlannedChange } from './carry-out.js';
import { type ReadContext, type ReadOptions, type ReadPlan, readDetail, readPlan } from './read-plan.js';

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
  /** Told of a schedule as it is, just before it is written, perhaps again after a try that failed; undefined for one that is created. */
  beforeWrite?: ((id: string, live: LiveSchedule | undefined) => void) | undefined;
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

export function createPlanService({ client, taskQueue, owner: defaultOwner }: PlanServiceOptions): PlanService {
  const prepare = async (
    definitions: readonly ScheduleDefinition[],
    options: PlanOptions,
    reading: Pick<ReadOptions, 'confirmMissing' | 'durations'>,
  ) => {
    checkIds(definitions);
    const { prune = false, deep = false, adopt = false, horizonMs = defaultHorizonMs } = options;
    const context: ReadContext = { client, taskQueue, owner: options.owner ?? defaultOwner };
    const settings = { owner: context.owner, now: new Date(), horizonMs, prune, adopt };
    const read = await readPlan(context, definitions, { prune, deep, ...reading });
    return { context, settings, read, view: planChanges({ ...settings, ...read }) };
  };

  return {
    async plan(definitions, options = {}) {
      const { view, read, settings } = await prepare(definitions, options, { confirmMissing: true, durations: true });
      if (options.deep !== true) return view;
      return withWarnings(view, await timezoneWarnings(client, [...read.described.values()], settings.now));
    },
    async apply(definitions, options = {}) {
      const startedAt = Date.now();
      // What is not listed is told by the call that creates it.
      const prepared = await prepare(definitions, options, { confirmMissing: false, durations: false });
      const { context, settings, read, view } = prepared;
      options.onPlan?.(view);
      const replan = async (definition: ScheduleDefinition, live: LiveSchedule) => {
        const desired = { definition, digest: definitionDigest(definition) };
        const detail = await readDetail(context, live, desired, false);
        const { changes } = planChanges({ ...settings, prune: false, desired: [detail.desired], live: [detail.live] });
        return changes[0] as PlanChange;
      };
      const { onChange, beforeWrite, signal } = options;
      const planned = plannedChanges(view, read);
      const changes = await applyPlan(context, planned, { startedAt, replan, beforeWrite, onChange, signal });
      const failed = changes.filter(({ error }) => error !== undefined).length;
      return { ...view, summary: { ...summarise(changes), failed }, changes };
    },
  };
}

function withWarnings(view: PlanView, warnings: ReadonlyMap<string, PlanWarning>): PlanView {
  const changes = view.changes.map((change) => {
    const warning = warnings.get(change.id);
    return warning === undefined ? change : { ...change, warnings: [...(change.warnings ?? []), warning] };
  });
  return { ...view, changes };
}

const defaultHorizonMs = parseDuration(defaultHorizon) ?? 0;

function plannedChanges(view: PlanView, { desired, described }: ReadPlan): PlannedChange[] {
  const byId = new Map<string, DesiredSchedule>(desired.map((schedule) => [schedule.definition.id, schedule]));
  return view.changes.map((change) => {
    const wanted = byId.get(change.id);
    const live = described.get(change.id);
    return {
      change,
      digest: wanted?.digest ?? '',
      ...(wanted === undefined ? {} : { definition: wanted.definition }),
      ...(live === undefined ? {} : { live }),
    };
  });
}

/** @throws AlmanacError invalid-input with each id that stands twice: one would undo the other */
function checkIds(definitions: readonly ScheduleDefinition[]): void {
  const details = duplicateIds(definitions.map(({ id }) => id));
  if (details.length > 0) throw new AlmanacError('invalid-input', 'two definitions have one id', { details });
}
