import { blockerAt } from './overlap.js';
import { pauseAt } from './pause-at.js';
import type { Reason } from './reason.js';
import type { RunIndex } from './run-index.js';
import { at, pauseText } from './sentences.js';
import type { ExpectedSlot, PausePeriod, SlotFacts } from './slot-facts.js';

/** A rule: the schedule was paused. */
export function paused({ time }: ExpectedSlot, _: RunIndex, { log }: SlotFacts): Reason | undefined {
  const period = pauseAt(log, time);
  return period === undefined ? undefined : pausedBy(period);
}

/**
 * The scheduler takes up a pause after it has looked for due fires and before it starts them: what it came to in the same
 * look is thrown away, and what waits in the buffer is when its turn comes.
 */
export function pausedWhileWaiting(slot: ExpectedSlot, index: RunIndex, { log, now }: SlotFacts): Reason | undefined {
  const { overlap: policy } = slot.rules;
  const look = index.lookAt(slot.time);
  if (look === undefined) return undefined;
  const waits = policy !== 'skip' && policy !== 'allowAll';
  if (!waits && blockerAt(slot, look, index) !== undefined) return undefined;
  const next = index.all.find(({ startTime, trigger }) => trigger === 'schedule' && startTime > look);
  const turn = waits ? (next?.startTime ?? now) : look + 1;
  const period = log.pauses.find(({ effectiveFrom }) => look <= effectiveFrom && effectiveFrom < turn);
  if (period === undefined) return undefined;
  const reason = pausedBy(period);
  const how = waits
    ? `it waited in the buffer since ${at(look)} (overlap policy ${policy})`
    : `scheduler history: Temporal came to it at ${at(look)}, together with the pause`;
  return { ...reason, evidence: [how, ...reason.evidence] };
}

function pausedBy(period: PausePeriod): Reason {
  const { since, until, by, note } = period;
  return {
    status: 'paused',
    pause: {
      since: since === undefined ? null : at(since),
      until: until === undefined ? null : at(until),
      by: by ?? null,
      note,
    },
    evidence: [pauseText(period)],
  };
}
