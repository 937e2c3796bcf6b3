import type { RunReference } from './progress.js';
import type { BackfillOnly, BackfillOrder } from './request.js';

/** Argument of the backfill workflow. */
export interface BackfillInput {
  scheduleId: string;
  only: BackfillOnly;
  order: BackfillOrder;
  maxConcurrent: number;
  /** Replaces the input of the schedule's action; left out, that stays. */
  input?: unknown;
  /** Slots that are still to start, by `encodeSlots`. */
  slots: string;
  /** Usual duration of a run, from past ones; milliseconds. */
  expectedMs?: number;
  /** What the run before a continue-as-new hands on. */
  carried?: CarriedState;
  /** Events of the history after which it continues as new; left out, when the server suggests it. */
  eventsPerRun?: number;
}

/** An open run of a slot. */
export interface OpenSlot {
  /** Seconds since 1970. */
  slot: number;
  run: RunReference;
  /** When it was started; milliseconds since 1970. */
  since: number;
}

export interface CarriedState {
  open: OpenSlot[];
  succeeded: number;
  failed: number;
  skipped: number;
  /** Sum of what the ended slots took, milliseconds. */
  spentMs: number;
  paused?: { at: string; by: string; note?: string };
}

/** Result of a backfill that came to its end. */
export interface BackfillResult {
  succeeded: number;
  failed: number;
  skipped: number;
}

/** Who asks, and why: kept where people look. */
export interface ControlRequest {
  by: string;
  note?: string;
}

/** Signals; a cancellation is Temporal's own, and `cancelRuns` before it means the open runs too. */
export const backfillSignals = { pause: 'pause', resume: 'resume', cancelRuns: 'cancelRuns' } as const;
