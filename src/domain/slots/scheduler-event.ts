import type { OverlapPolicy } from '../definition/policies.js';
import type { ScheduleRules, StartedAction } from './slot-facts.js';

/**
 * The history of Temporal's scheduler workflow (service/worker/scheduler/workflow.go of server 1.31.2), event by event,
 * as far as it tells what became of fires; times are milliseconds since 1970.
 */
export type SchedulerEvent =
  | SchedulerRunStarted
  | UpdateSignal
  | { type: 'pause' | 'unpause'; at: number; by: string | undefined; note: string }
  | { type: 'trigger'; at: number; by: string | undefined; time: number; overlap: OverlapPolicy | undefined }
  | {
      type: 'backfill';
      at: number;
      by: string | undefined;
      from: number;
      to: number;
      overlap: OverlapPolicy | undefined;
    }
  /** A completed workflow task: the scheduler looked for due fires at the time it started, then took up the signals. */
  | { type: 'look'; at: number }
  /** What the scheduler wrote into its memo at the end of a look. */
  | { type: 'state'; at: number; paused: boolean; note: string; actions: StartedAction[] }
  | { type: 'start-failed'; at: number; message: string }
  /** The scheduler itself is over, and does not go on as new. */
  | { type: 'ended'; at: number };

/** A run of the scheduler begins; it goes on as a new run every few hundred fires and carries its state over. */
export interface SchedulerRunStarted {
  type: 'started';
  at: number;
  by: string | undefined;
  /** True for the first run of a schedule. */
  isCreation: boolean;
  /** Since when the rules hold: the last update, or the creation. */
  rulesSince: number;
  rules: ScheduleRules;
  paused: boolean;
  note: string;
  conflictToken: number;
  /** The server counts the actions down, which moves its conflict token too. */
  limitedActions: boolean;
  actions: StartedAction[];
}

export interface UpdateSignal {
  type: 'update';
  at: number;
  by: string | undefined;
  rules: ScheduleRules;
  paused: boolean;
  note: string;
  /** 0 when the caller sent none. */
  conflictToken: number;
  limitedActions: boolean;
}
