import type { ScheduleDefinition } from '../definition/schedule-definition.js';
import type { ScheduleState } from './carry-state.js';
import type { ScheduleForm } from './schedule-form.js';

/** What a plan is made from: plain data, so that a table can test it. */

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
