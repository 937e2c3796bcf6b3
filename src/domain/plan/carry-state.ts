import { isRecord } from '../definition/fault.js';
import type { KeptValue } from './plan.js';

/** The state of a schedule beside its definition. */
export interface ScheduleState {
  paused: boolean;
  note: string;
  /** How many more times it may fire, where somebody limited that. */
  remainingActions?: number;
}

/**
 * Three-way: a pause, a note or a number of remaining actions made by hand outlives a new definition, unless the file says
 * something new about the pause. `applied` is what the file said when it was applied last; undefined when nobody knows.
 */
export function carryState(live: ScheduleState, applied: boolean | undefined, wanted: boolean): ScheduleState {
  if (applied === undefined || applied === wanted || wanted === live.paused) return live;
  return { ...live, paused: wanted, note: wanted ? 'Paused by its definition' : 'Unpaused by its definition' };
}

/** What of the live state stays although no file says so. */
export function keptByHand(live: ScheduleState, applied: boolean | undefined, wanted: boolean): KeptValue[] {
  const next = carryState(live, applied, wanted);
  const paused = next.paused !== wanted;
  return [
    ...(paused ? [{ path: 'paused' as const, value: live.paused }] : []),
    ...(paused && live.note !== '' ? [{ path: 'note' as const, value: live.note }] : []),
    ...(live.remainingActions === undefined
      ? []
      : [{ path: 'remainingActions' as const, value: live.remainingActions }]),
  ];
}

/** What a definition as JSON says of the pause; undefined when there is no definition. */
export function pausedIn(applied: unknown): boolean | undefined {
  return isRecord(applied) ? applied.paused === true : undefined;
}
