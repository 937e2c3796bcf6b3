import type { Zone } from './zone.js';

/** A change of a zone's clock; in seconds. */
export interface ClockChange {
  /** The instant from which `after` holds. */
  at: number;
  /** Local time minus UTC. */
  before: number;
  after: number;
}

/** The changes of a zone's clock between two instants, in order. */
export function* clockChanges(zone: Zone, from: number, to: number): Generator<ClockChange> {
  for (let segment = zone.segmentAt(from); segment.end < to; ) {
    const next = zone.segmentAt(segment.end);
    if (next.offset !== segment.offset) yield { at: next.start, before: segment.offset, after: next.offset };
    segment = next;
  }
}

/** Local clock times, as seconds counted as if they were UTC; `start` inclusive, `end` exclusive. */
export interface LocalSpan {
  start: number;
  end: number;
}

/** The local times that a change leaves out or repeats. */
export function changedSpan({ at, before, after }: ClockChange): LocalSpan {
  return { start: at + Math.min(before, after), end: at + Math.max(before, after) };
}

export function isGap({ before, after }: ClockChange): boolean {
  return after > before;
}
