import { AlmanacError } from '../errors.js';
import type { CompiledSpec } from '../spec/compiled-spec.js';
import { iterateFireTimes } from '../spec/fire-times.js';
import { sameJson } from './diff-fields.js';
import type { FireTimeChanges } from './plan.js';

export interface FireTimeHorizon {
  /** Exclusive. */
  start: Date;
  /** Inclusive. */
  end: Date;
  /** Fire times looked at, of both specs together; what fires more often is compared up to there only. */
  steps: number;
  /** Fire times shown in a list; the rest is counted. */
  shown: number;
}

/** Fire times that only one of two specs has; without a spec nothing fires. Jitter is left out. */
export function compareFireTimes(
  before: CompiledSpec | undefined,
  after: CompiledSpec | undefined,
  horizon: FireTimeHorizon,
): FireTimeChanges {
  if (before !== undefined && after !== undefined && firesAlike(before, after)) return { gained: [], lost: [] };
  const gained = tally(horizon.shown);
  const lost = tally(horizon.shown);
  const [old, next] = [reader(before, horizon), reader(after, horizon)];
  let until: number | undefined;
  for (let steps = 0; old.time !== undefined || next.time !== undefined; steps += 1) {
    const time = Math.min(old.time ?? Number.POSITIVE_INFINITY, next.time ?? Number.POSITIVE_INFINITY);
    if (steps >= horizon.steps) break;
    const [inOld, inNext] = [old.time === time, next.time === time];
    if (inOld && !inNext) lost.add(time);
    if (inNext && !inOld) gained.add(time);
    if (inOld) old.advance();
    if (inNext) next.advance();
    until = time;
  }
  const cutShort = old.time !== undefined || next.time !== undefined || old.gaveUp || next.gaveUp;
  return {
    gained: gained.list,
    lost: lost.list,
    ...(gained.more() === 0 ? {} : { moreGained: gained.more() }),
    ...(lost.more() === 0 ? {} : { moreLost: lost.more() }),
    ...(cutShort ? { until: new Date(until ?? horizon.start).toISOString() } : {}),
  };
}

/** Comments and jitter do not move a nominal fire time. */
function firesAlike(a: CompiledSpec, b: CompiledSpec): boolean {
  return sameJson(timing(a), timing(b));
}

function timing({ jitter: _, ...spec }: CompiledSpec) {
  const bare = ({ comment: _comment, ...fields }: CompiledSpec['calendars'][number]) => fields;
  return { ...spec, calendars: spec.calendars.map(bare), skip: spec.skip.map(bare) };
}

function tally(shown: number) {
  const list: string[] = [];
  let count = 0;
  return {
    list,
    add(time: number) {
      count += 1;
      if (count <= shown) list.push(new Date(time).toISOString());
    },
    more: () => count - list.length,
  };
}

/** Fire times of a spec one by one: `time` is the current one, undefined after the last within the horizon. */
function reader(spec: CompiledSpec | undefined, { start, end }: FireTimeHorizon) {
  const times = spec === undefined ? undefined : iterateFireTimes(spec, start);
  const state = {
    time: undefined as number | undefined,
    /** The skips left nothing for so long that the search was ended. */
    gaveUp: false,
    advance() {
      state.time = undefined;
      try {
        const next = times?.next().value?.getTime();
        if (next !== undefined && next <= end.getTime()) state.time = next;
      } catch (error) {
        if (!(error instanceof AlmanacError && error.code === 'over-cap')) throw error;
        state.gaveUp = true;
      }
    },
  };
  state.advance();
  return state;
}
