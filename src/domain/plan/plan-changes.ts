import { isRecord } from '../definition/fault.js';
import { defaultOverlap } from '../definition/policies.js';
import type { ScheduleDefinition } from '../definition/schedule-definition.js';
import { checkSpec } from '../spec/check-spec.js';
import { tryCompileSpec } from '../spec/compile-spec.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import { keptByHand, pausedIn, type ScheduleState } from './carry-state.js';
import { compareFireTimes, type FireTimeHorizon } from './compare-fire-times.js';
import { diffFields } from './diff-fields.js';
import { foreseeOverlaps } from './foresee-overlaps.js';
import { markDays } from './mark-days.js';
import type { FieldChange, PlanChange, PlanSummary, PlanView, PlanWarning } from './plan.js';
import { compareForms, type ScheduleForm } from './schedule-form.js';

/** A schedule as files want it. */
export interface DesiredSchedule {
  definition: ScheduleDefinition;
  digest: string;
  /** What it is made of on the server; needed where the live one is {@link ScheduleDetail described}. */
  form?: ScheduleForm;
}

/** A schedule on the server: of an unchanged one the list tells enough. */
export interface ListedSchedule {
  id: string;
  owner: string | undefined;
  digest: string | undefined;
  /** Left out: only the list was read. */
  detail?: ScheduleDetail;
}

export interface ScheduleDetail {
  form: ScheduleForm;
  state: ScheduleState;
  /** The definition as it was applied last, as JSON; undefined for a schedule that Almanac did not make. */
  applied: unknown;
  /** The form of that, where today's Almanac still understands it. */
  appliedForm?: ScheduleForm;
  /** Milliseconds that its latest closed runs took. */
  durations?: readonly number[];
}

export interface PlanInput {
  owner: string;
  desired: readonly DesiredSchedule[];
  /** The schedules of this owner, and those of anybody with the ids of the desired ones. */
  live: readonly ListedSchedule[];
  now: Date;
  horizonMs: number;
  /** Delete what the owner has and no definition wants; a list of ids allows these alone. */
  prune: boolean | readonly string[];
  /** Take over what belongs to others. */
  adopt: boolean;
}

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

type Context = Pick<PlanInput, 'owner' | 'adopt' | 'now'> & { horizon: FireTimeHorizon };

function changeOf(desired: DesiredSchedule, live: ListedSchedule | undefined, context: Context): PlanChange {
  const { id } = desired.definition;
  if (live === undefined) return creation(desired, context);
  const isOurs = live.owner === context.owner;
  const { detail } = live;
  const isSame = live.digest === desired.digest || (!isOurs && isAlike(detail, desired));
  const foreign = isOurs ? {} : { owner: live.owner ?? null };
  if (isSame && !isOurs && !context.adopt) {
    const message = `belongs to ${live.owner ?? 'nobody'} and is as this file says: it is left so; --adopt takes it over`;
    return { ...noChange(id), ...foreign, warnings: [{ path: 'id', message, value: id }] };
  }
  const drift = detail === undefined ? [] : driftOf(detail, desired);
  if (isOurs && (isSame ? drift.length === 0 : isCaughtUp(detail, desired))) {
    return { ...noChange(id), ...keptOf(detail, desired) };
  }
  const ownership = isOurs ? [] : [{ path: 'owner', before: live.owner ?? null, after: context.owner }];
  const fields = [...ownership, ...withDrift(fieldsOf(detail, desired), drift)];
  const { compiled } = tryCompileSpec(desired.definition.spec);
  return {
    id,
    action: 'update',
    fields,
    fireTimes: compareFireTimes(detail?.form.spec, compiled, context.horizon),
    ...listed('drift', detail?.applied === undefined ? [] : drift),
    ...keptOf(detail, desired),
    ...outlook(desired, compiled, context, detail?.durations),
    ...foreign,
    ...(isOurs || context.adopt ? {} : { conflict: foreignConflict(id, live.owner) }),
  };
}

function creation(desired: DesiredSchedule, context: Context): PlanChange {
  const { compiled } = tryCompileSpec(desired.definition.spec);
  return {
    id: desired.definition.id,
    action: 'create',
    fields: diffFields({}, fileOf(desired.definition)),
    fireTimes: compareFireTimes(undefined, compiled, context.horizon),
    ...outlook(desired, compiled, context),
  };
}

function deletion({ id, detail }: ListedSchedule, horizon: FireTimeHorizon): PlanChange {
  return {
    id,
    action: 'delete',
    fields: [],
    fireTimes: compareFireTimes(detail?.form.spec, undefined, horizon),
  };
}

function noChange(id: string): PlanChange {
  return { id, action: 'no-op', fields: [], fireTimes: { gained: [], lost: [] } };
}

/** What the file says otherwise than last time; everything that differs where nobody knows what it said. */
function fieldsOf(detail: ScheduleDetail | undefined, desired: DesiredSchedule): FieldChange[] {
  if (detail === undefined) return [];
  return isRecord(detail.applied) ? diffFields(fileOf(detail.applied), fileOf(desired.definition)) : [];
}

/** True for a schedule that somebody else made the same way, as one that was exported. */
function isAlike(detail: ScheduleDetail | undefined, { definition, form }: DesiredSchedule): boolean {
  if (detail === undefined || form === undefined || detail.state.paused !== (definition.paused ?? false)) return false;
  return compareForms(detail.form, form, tryCompileSpec(definition.spec).paths).length === 0;
}

/** True where the file now says what somebody had changed by hand, as one that was exported does. */
function isCaughtUp(detail: ScheduleDetail | undefined, { definition, form }: DesiredSchedule): boolean {
  if (detail?.appliedForm === undefined || form === undefined) return false;
  if (pausedIn(detail.applied) !== (definition.paused ?? false)) return false;
  const { paths } = tryCompileSpec(definition.spec);
  return (
    compareForms(detail.form, detail.appliedForm, paths).length > 0 &&
    compareForms(detail.form, form, paths).length === 0
  );
}

/** Values of the live schedule that are neither what was applied last nor what is wanted now. */
function driftOf({ form, appliedForm }: ScheduleDetail, desired: DesiredSchedule): FieldChange[] {
  if (desired.form === undefined) return [];
  const { paths } = tryCompileSpec(desired.definition.spec);
  const changes = compareForms(form, desired.form, paths);
  if (appliedForm === undefined) return changes;
  const byHand = new Set(compareForms(form, appliedForm, paths).map(({ path }) => path));
  return changes.filter(({ path }) => byHand.has(path));
}

/** Where the file and a hand changed the same field, what counts is from the live value to the wanted one. */
function withDrift(fields: FieldChange[], drift: readonly FieldChange[]): FieldChange[] {
  const drifted = new Set(drift.map(({ path }) => path));
  return [...fields.filter(({ path }) => !drifted.has(path)), ...drift];
}

function keptOf(detail: ScheduleDetail | undefined, { definition }: DesiredSchedule): Pick<PlanChange, 'kept'> {
  if (detail === undefined) return {};
  return listed('kept', keptByHand(detail.state, pausedIn(detail.applied), definition.paused ?? false));
}

function outlook(
  { definition }: DesiredSchedule,
  compiled: CompiledSpec,
  { horizon, now }: Context,
  durations: readonly number[] = [],
): Pick<PlanChange, 'marks' | 'foreseen' | 'warnings'> {
  const warnings: PlanWarning[] = checkSpec(definition.spec, now).warnings.map(({ path, message, value }) => ({
    path: path === '' ? 'spec' : `spec${path.startsWith('[') ? '' : '.'}${path}`,
    message,
    ...(value === undefined ? {} : { value }),
  }));
  const overlap = definition.policies?.overlap ?? defaultOverlap;
  const foreseen =
    durations.length === 0 ? undefined : foreseeOverlaps(someFireTimes(compiled, horizon), overlap, { durations });
  return {
    ...listed('marks', markDays(compiled, horizon)),
    ...listed('foreseen', foreseen === undefined ? [] : [foreseen]),
    ...listed('warnings', warnings),
  };
}

/** Enough to see how often runs meet. */
const foreseenFireTimes = 1_000;

function someFireTimes(compiled: CompiledSpec, { start, end }: FireTimeHorizon): number[] {
  const times: number[] = [];
  for (const time of iterateFireTimes(compiled, start)) {
    if (time > end || times.length === foreseenFireTimes) break;
    times.push(time.getTime());
  }
  return times;
}

/** What of a definition counts: `$schema` is for editors. */
function fileOf(definition: object): object {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => key !== '$schema'));
}

function foreignConflict(id: string, owner: string | undefined): string {
  if (owner === undefined) {
    return `schedule ${id} exists and nobody owns it: turn it into a file with almanac export ${id}, delete it, or take it over with --adopt`;
  }
  return `schedule ${id} belongs to ${owner}: give yours another id, apply as --owner ${owner}, or take it over with --adopt`;
}

function listed<K extends string, T>(key: K, list: T[]): { [key in K]?: T[] } {
  return list.length === 0 ? {} : ({ [key]: list } as { [key in K]?: T[] });
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
