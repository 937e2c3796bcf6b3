/** What is known of a backfill under way. Milliseconds; instants are since 1970. */
export interface Outlook {
  now: number;
  /** Slots that were not started. */
  pending: number;
  /** When each of the open runs was started. */
  running: readonly number[];
  maxConcurrent: number;
  /** From the start of a slot to its end, in the mean; undefined when nothing is known yet. */
  slotMs: number | undefined;
}

/**
 * When a backfill is expected to end: the work that is left, spread over the runs that may go on at once. A run that is over its
 * time counts as about to end.
 * @returns milliseconds since 1970; undefined when nothing is known of the duration
 */
export function estimatedEnd({ now, pending, running, maxConcurrent, slotMs }: Outlook): number | undefined {
  if (pending === 0 && running.length === 0) return now;
  if (slotMs === undefined) return undefined;
  const left = running.map((since) => Math.max(0, since + slotMs - now));
  const lanes = Math.max(1, Math.min(maxConcurrent, pending + running.length));
  const work = pending * slotMs + left.reduce((sum, one) => sum + one, 0);
  // Work can't be cut finer than a slot.
  const least = Math.max(pending > 0 ? slotMs : 0, ...left);
  return now + Math.max(work / lanes, least);
}

/** The middle value; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
