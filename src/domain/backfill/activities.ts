import type { RunReference } from './progress.js';
import type { BackfillOnly } from './request.js';

/** Slots that shall start now. */
export interface StartSlots {
  scheduleId: string;
  backfillId: string;
  only: BackfillOnly;
  input?: unknown;
  /** Seconds since 1970. */
  slots: number[];
}

export interface StartedSlots {
  started: { slot: number; run: RunReference }[];
  /** Slots that need no run any more: done or running when their turn came. */
  skipped: number[];
  /** Live runs of the schedule that go first; nothing was started then. */
  yieldTo: RunReference[];
}

/** How a run ended; `gone` when Temporal does not know it any more. */
export type RunEnd = 'completed' | 'failed' | 'gone';

export interface EndedRun {
  runId: string;
  end: RunEnd;
}

/** What the activities of a backfill need of Temporal. Every call may be made again and does nothing twice. */
export interface SlotRuns {
  start(request: StartSlots): Promise<StartedSlots>;
  /** Waits until one of the runs has ended, and a moment more for others. Empty when the signal came first. */
  firstEnded(runs: readonly RunReference[], signal: AbortSignal): Promise<EndedRun[]>;
  cancel(runs: readonly RunReference[], reason: string): Promise<void>;
}

/** Activities of the backfill workflow: the platform's own, no step kinds. */
export interface BackfillActivities {
  'backfill.start': (request: StartSlots) => Promise<StartedSlots>;
  'backfill.wait': (runs: RunReference[]) => Promise<EndedRun[]>;
  'backfill.cancelRuns': (runs: RunReference[], reason: string) => Promise<void>;
}
