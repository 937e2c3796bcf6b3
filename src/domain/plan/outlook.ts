import { defaultOverlap } from '../definition/policies.js';
import { checkSpec } from '../spec/check-spec.js';
import { tryCompileSpec } from '../spec/compile-spec.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import type { FireTimeHorizon } from './compare-fire-times.js';
import { foreseeOverlaps } from './foresee-overlaps.js';
import { markDays } from './mark-days.js';
import type { PlanChange, PlanWarning } from './plan.js';
import type { DesiredSchedule } from './plan-input.js';

/** What is worth a word about a schedule that will fire: special days, overlaps, doubts about its spec. */
export function outlook(
  { definition }: DesiredSchedule,
  compiled: CompiledSpec,
  { horizon, now }: { horizon: FireTimeHorizon; now: Date },
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
    ...listed('marks', markDays(compiled, horizon, tryCompileSpec(definition.spec).base)),
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

/** A list under its key, and nothing where it is empty. */
export function listed<K extends string, T>(key: K, list: T[]): { [key in K]?: T[] } {
  return list.length === 0 ? {} : ({ [key]: list } as { [key in K]?: T[] });
}
