import type { PausePeriod, SchedulerLog } from './slot-facts.js';

/** The pause that keeps a fire of this time back. */
export function pauseAt({ pauses }: Pick<SchedulerLog, 'pauses'>, time: number): PausePeriod | undefined {
  return pauses.find(({ effectiveFrom, effectiveUntil = Number.POSITIVE_INFINITY }) => {
    return effectiveFrom < time && time <= effectiveUntil;
  });
}
