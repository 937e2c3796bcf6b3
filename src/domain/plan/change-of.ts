import { isRecord } from '../definition/fault.js';
import { tryCompileSpec } from '../spec/compile-spec.js';
import { keptByHand, pausedIn } from './carry-state.js';
import { compareFireTimes, type FireTimeHorizon } from './compare-fire-times.js';
import { diffFields } from './diff-fields.js';
import { listed, outlook } from './outlook.js';
import type { FieldChange, PlanChange } from './plan.js';
import type { DesiredSchedule, ListedSchedule, PlanInput, ScheduleDetail } from './plan-input.js';
import { compareForms } from './schedule-form.js';

export type Context = Pick<PlanInput, 'owner' | 'adopt' | 'now'> & { horizon: FireTimeHorizon };

/** What is to be done about one schedule that is wanted. */
export function changeOf(desired: DesiredSchedule, live: ListedSchedule | undefined, context: Context): PlanChange {
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

/** What is lost with a schedule that nobody wants any more. */
export function deletion({ id, detail }: ListedSchedule, horizon: FireTimeHorizon): PlanChange {
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
