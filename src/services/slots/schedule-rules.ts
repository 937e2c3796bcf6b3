import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { defaultOverlap, type OverlapPolicy, overlapPolicies } from '../../domain/definition/policies.js';
import { scheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { ScheduleRules } from '../../domain/slots/slot-facts.js';
import type { CompiledCalendar } from '../../domain/spec/compiled-spec.js';
import { skipCalendars } from '../../domain/spec/skip-calendars.js';
import { memoKeys } from '../../domain/temporal-names.js';
import { payloadsOf } from '../payloads.js';
import { overlapToProto } from '../schedules/schedule-proto.js';
import { specFromProto } from '../schedules/spec-from-proto.js';

/** The server's own default and least, by CurrentTweakablePolicies of server 1.31.2. */
const defaultCatchupMs = 365 * 24 * 3_600_000;
const leastCatchupMs = 10_000;

/** What decides when the schedule fires, from the form that the server works with: an edit by hand counts. */
export async function rulesOf(client: Client, schedule: temporal.api.schedule.v1.ISchedule): Promise<ScheduleRules> {
  const { spec, policies, action } = schedule;
  const compiled = specFromProto(spec ?? {});
  const paths = await definedSkipPaths(client, action);
  return {
    spec: compiled,
    ...skipsOf(compiled.skip, paths),
    overlap: overlapFromProto(policies?.overlapPolicy) ?? defaultOverlap,
    catchupWindow: Math.max(optionalTsToMs(policies?.catchupWindow) ?? defaultCatchupMs, leastCatchupMs),
  };
}

/** A spec that was edited by hand has other skips than its definition; one with `dst` has more, which nobody wrote. */
function skipsOf(skip: CompiledCalendar[], paths: string[]): Pick<ScheduleRules, 'skips' | 'skipPaths'> {
  const isDefined = skip.length >= paths.length && skip.slice(paths.length).every(({ comment }) => comment === 'dst');
  return isDefined ? { skips: paths.length, skipPaths: paths } : { skips: skip.length, skipPaths: [] };
}

async function definedSkipPaths(
  client: Client,
  action: temporal.api.schedule.v1.ISchedule['action'],
): Promise<string[]> {
  const kept = action?.startWorkflow?.memo?.fields?.[memoKeys.definition];
  if (!kept) return [];
  const definition = scheduleDefinition.safeParse(await payloadsOf(client).decodeFirst([kept])).data;
  return definition === undefined ? [] : skipCalendars(definition.spec).map(({ path }) => path);
}

export function overlapFromProto(policy: number | null | undefined): OverlapPolicy | undefined {
  return overlapPolicies.find((name) => overlapToProto[name] === policy);
}
