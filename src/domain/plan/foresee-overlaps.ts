import type { OverlapPolicy } from '../definition/policies.js';
import { formatDuration } from '../duration.js';

export interface PastRuns {
  /** Milliseconds that recent runs took, in any order. */
  durations: readonly number[];
}

/** Fewer runs say little. */
const leastRuns = 3;

/**
 * What the overlap policy will do to fire times to come, when runs take as long as they did; undefined when runs end before
 * the next one is due. Fire times are milliseconds since 1970, ascending.
 */
export function foreseeOverlaps(
  fireTimes: readonly number[],
  overlap: OverlapPolicy,
  { durations }: PastRuns,
): string | undefined {
  if (durations.length < leastRuns || fireTimes.length < 2) return undefined;
  const { met, longestDelay, most } = playThrough(fireTimes, overlap, durations);
  if (met === 0) return undefined;
  const share = shareText(met, fireTimes.length);
  const why = `the last ${durations.length} runs took ${roughly(median(durations))} (median) and it fires every ${roughly(typicalGap(fireTimes))}`;
  switch (overlap) {
    case 'skip':
    case 'bufferOne':
      return `${overlap} will drop ${share} fire times: ${why}`;
    case 'bufferAll':
      return `bufferAll will start ${share} runs late, by up to ${roughly(longestDelay)}: ${why}`;
    case 'cancelOther':
      return `cancelOther will cancel ${share} runs before they end: ${why}`;
    case 'terminateOther':
      return `terminateOther will end ${share} runs in the middle: ${why}`;
    case 'allowAll':
      return `allowAll will have up to ${most} runs at the same time: ${why}`;
  }
}

interface Outcome {
  /** Fire times that meet a run that is still going and are dropped, delayed, or end it; of bufferOne the dropped alone. */
  met: number;
  longestDelay: number;
  /** Runs at the same time. */
  most: number;
}

/** Runs through the fire times as the server would, each run taking the next of the known durations. */
function playThrough(fireTimes: readonly number[], overlap: OverlapPolicy, durations: readonly number[]): Outcome {
  const outcome: Outcome = { met: 0, longestDelay: 0, most: 1 };
  let busyUntil = Number.NEGATIVE_INFINITY;
  let startOfWaiting = Number.NEGATIVE_INFINITY;
  let open: number[] = [];
  for (const [index, time] of fireTimes.entries()) {
    const length = durations[index % durations.length] ?? 0;
    const isBusy = time < busyUntil;
    if (overlap === 'allowAll') {
      open = [...open.filter((end) => end > time), time + length];
      outcome.most = Math.max(outcome.most, open.length);
      if (open.length > 1) outcome.met += 1;
    } else if (!isBusy) {
      busyUntil = time + length;
    } else if (overlap === 'bufferAll') {
      outcome.met += 1;
      outcome.longestDelay = Math.max(outcome.longestDelay, busyUntil - time);
      busyUntil += length;
    } else if (overlap === 'bufferOne' && time >= startOfWaiting) {
      // One may wait; until it starts, the next ones are dropped.
      startOfWaiting = busyUntil;
      busyUntil += length;
    } else {
      outcome.met += 1;
      if (overlap === 'cancelOther' || overlap === 'terminateOther') busyUntil = time + length;
    }
  }
  return outcome;
}

function shareText(part: number, whole: number): string {
  if (part === whole) return 'all';
  const tenths = Math.min(Math.round((part / whole) * 10), 9);
  return tenths === 0 ? 'fewer than 1 in 20' : `about ${tenths} in 10`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function typicalGap(times: readonly number[]): number {
  return median(times.slice(1).map((time, index) => time - (times[index] ?? time)));
}

/** Two leading units at most: nobody foresees to the millisecond. */
function roughly(ms: number): string {
  const unit = ms >= 86_400_000 ? 3_600_000 : ms >= 3_600_000 ? 60_000 : ms >= 1000 ? 1000 : 1;
  return formatDuration(Math.round(ms / unit) * unit);
}
