import type { OverlapPolicy } from '../definition/policies.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import type { RunStatus } from '../views.js';

/** What is known of a schedule and its runs, as plain data; all times are milliseconds since 1970. */

/** The part of a schedule that decides when it fires and what an overlap does. */
export interface ScheduleRules {
  spec: CompiledSpec;
  /** Paths of `spec.skip` in the definition, one each; empty where the spec is not the one of a definition. */
  skipPaths: readonly string[];
  /** How many of the skips leave out what somebody expects; the rest only mends what `dst` adds. */
  skips: number;
  overlap: OverlapPolicy;
  catchupWindow: number;
}

/** A stretch of time with the same rules: after `from`, until the next era. */
export interface Era {
  from: number;
  rules: ScheduleRules;
}

export interface PausePeriod {
  /** When it was asked for; undefined when that is further back than the scheduler's history. */
  since: number | undefined;
  until: number | undefined;
  /** Fires after this instant are kept back: the scheduler takes a pause up a moment after it was asked for. */
  effectiveFrom: number;
  /** Inclusive; undefined while it lasts. */
  effectiveUntil: number | undefined;
  by: string | undefined;
  note: string;
  cause: 'pause' | 'update' | 'failure' | 'creation' | 'unknown';
}

/** A request for runs beside the spec, as the scheduler got it. */
export interface ManualRequest {
  at: number;
  by: string | undefined;
  kind: 'trigger' | 'backfill';
  /** Nominal times it is for, both inclusive. */
  from: number;
  to: number;
  overlap: OverlapPolicy | undefined;
}

/** The scheduler started this, or could not. */
export interface StartedAction {
  workflowId: string;
  runId: string;
  startTime: number;
  status: RunStatus | null;
  /** Who remembers it. */
  source: 'scheduler history' | 'describe';
}

export interface FailedStart {
  at: number;
  message: string;
}

/** What the history of Temporal's scheduler workflow tells. */
export interface SchedulerLog {
  /** From here on everything is in the log; undefined when no history can be read. */
  coveredFrom: number | undefined;
  /** Nothing is in it after this; undefined while it goes on. */
  coveredUntil: number | undefined;
  /** Why there is nothing before `coveredFrom`. */
  missing: string | undefined;
  /** Ascending. */
  eras: readonly Era[];
  pauses: readonly PausePeriod[];
  /** Instants at which the scheduler looked for due fires, ascending. */
  looks: readonly number[];
  requests: readonly ManualRequest[];
  actions: readonly StartedAction[];
  failedStarts: readonly FailedStart[];
}

export interface RunFact {
  workflowId: string;
  runId: string;
  status: RunStatus | null;
  /** Nominal time; undefined where the run does not say. */
  scheduledTime: number | undefined;
  startTime: number;
  closeTime: number | undefined;
  /** Started by Almanac itself, beside the scheduler, which therefore does not know it. */
  direct: 'manual' | 'backfill' | undefined;
}

export interface SlotFacts {
  now: number;
  createdAt: number;
  /** The schedule's state as `describe` gives it. */
  paused: boolean;
  note: string;
  counters: { overlapSkipped: number; missedCatchupWindow: number; bufferDropped: number; bufferSize: number };
  /** Of a schedule that may run so many times only. */
  remainingActions: number | undefined;
  log: SchedulerLog;
  runs: readonly RunFact[];
  /** False when there were more runs than are read at once. */
  runsComplete: boolean;
  /** How long the namespace keeps a run after its end. */
  retention: number | undefined;
}

/** Why a fire time is not one: the skip calendar that matches it. */
export interface SkipMatch {
  path: string | undefined;
  comment: string;
  /** In the schedule's timezone. */
  date: string;
}

export interface ExpectedSlot {
  time: number;
  rules: ScheduleRules;
  /** False where the rules of that time can't be known and later ones stand in. */
  rulesKnown: boolean;
  skip: SkipMatch | undefined;
  /** With its jitter, where that is known; else the time itself. */
  due: number;
  /** How much later it may be due: 0 when `due` is exact. */
  slack: number;
}
