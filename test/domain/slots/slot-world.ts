import type { ScheduleSpec } from '../../../src/domain/definition/spec.js';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import type { Era, RunFact, ScheduleRules, SchedulerLog, SlotFacts } from '../../../src/domain/slots/slot-facts.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { skipCalendars } from '../../../src/domain/spec/skip-calendars.js';

/** A schedule that fires every 10 minutes; times are written as minutes after noon. */
export const noon = Date.parse('2026-11-20T12:00:00Z');
export const minute = (minutes: number) => noon + minutes * 60_000;
export const iso = (minutes: number) => new Date(minute(minutes)).toISOString();

export function rules(changes: Partial<ScheduleRules> = {}, spec: Record<string, unknown> = {}): ScheduleRules {
  const parsed: ScheduleSpec = scheduleSpec.parse({ intervals: [{ every: '10m' }], ...spec });
  return {
    spec: compileSpec(parsed),
    skipPaths: skipCalendars(parsed).map(({ path }) => path),
    skips: skipCalendars(parsed).length,
    overlap: 'skip',
    catchupWindow: 600_000,
    ...changes,
  };
}

export const era = (from: number, of: ScheduleRules = rules()): Era => ({ from: minute(from), rules: of });

/** A run for a minute, started 20 ms after it; `at` and `to` in minutes. */
export function run(time: number, changes: Partial<RunFact> & { at?: number; to?: number | null } = {}): RunFact {
  const { at = time, to = at + 1, ...rest } = changes;
  return {
    workflowId: `job-${iso(time).replace('.000Z', 'Z')}`,
    runId: `run-${time}`,
    status: to === null ? 'running' : 'completed',
    scheduledTime: minute(time),
    startTime: minute(at) + 20,
    closeTime: to === null ? undefined : minute(to),
    direct: undefined,
    ...rest,
  };
}

/** The scheduler looked at every 10 minutes from noon until the hour, unless said. */
export function log(changes: Partial<SchedulerLog> = {}): SchedulerLog {
  return {
    coveredFrom: minute(-60),
    coveredUntil: undefined,
    missing: undefined,
    eras: [era(-60)],
    pauses: [],
    looks: [0, 10, 20, 30, 40, 50, 60].map((at) => minute(at) + 5),
    requests: [],
    actions: [],
    failedStarts: [],
    ...changes,
  };
}

export function facts(changes: Partial<SlotFacts> = {}): SlotFacts {
  return {
    now: minute(65),
    createdAt: minute(-60),
    paused: false,
    note: '',
    counters: { overlapSkipped: 0, missedCatchupWindow: 0, bufferDropped: 0, bufferSize: 0 },
    remainingActions: undefined,
    log: log(),
    runs: [],
    runsComplete: true,
    retention: 86_400_000,
    ...changes,
  };
}
