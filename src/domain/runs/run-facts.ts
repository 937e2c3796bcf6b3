import type { StepError } from '../errors.js';
import type { StepState } from '../pipeline.js';
import type { RunStatus, StepView } from '../views.js';

/** What Temporal knows of a run, free of its types: the history in order, and what is open now. */
export interface RunFacts {
  status: RunStatus;
  /** Steps of a pipeline as its argument has them; undefined for a workflow that a user wrote. */
  declared: { steps: DeclaredStep[]; onFailure: DeclaredStep[] } | undefined;
  events: RunEvent[];
  pending: PendingActivity[];
  /** What a closed pipeline itself said of its steps: the only trace of those that failed before anything was scheduled. */
  reported: StepState[];
}

export interface DeclaredStep {
  id: string;
  uses: string;
}

export type RunEvent = { time: string } & (
  | {
      type: 'opened';
      /** Ties the later events to this one. */
      event: number;
      stepId: string;
      uses: string;
      /** Schedule-to-close of an activity. */
      timeoutMs?: number;
    }
  | { type: 'started'; event: number; attempt: number }
  | { type: 'closed'; event: number; outcome: 'succeeded'; output?: unknown }
  | { type: 'closed'; event: number; outcome: 'failed' | 'cancelled'; error: StepError }
);

/** An open activity: history shows the start of an attempt only when it has ended. */
export interface PendingActivity {
  stepId: string;
  attempt: number;
  isStarted: boolean;
  startTime?: string;
  progress?: StepView['progress'];
  /** Of the attempt before. */
  lastError?: StepError;
}
