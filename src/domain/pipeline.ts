import type { StepsAction } from './definition/schedule-definition.js';
import type { StepError } from './errors.js';
import type { Progress } from './steps/registry.js';
import type { StepStatus } from './views.js';

/** Argument of the pipeline workflow: what a schedule's action carries. */
export interface PipelineInput {
  scheduleId: string;
  /** Timezone in which `$run.date` is read. */
  timezone: string;
  steps: StepsAction['steps'];
  onFailure?: StepsAction['onFailure'];
  /** `$input`. */
  input: unknown;
  /** Set when somebody other than the schedule's own clock started the run. */
  origin?: RunOrigin;
}

export interface RunOrigin {
  trigger: 'manual' | 'backfill';
  /** Nominal time, ISO 8601 UTC. */
  scheduledTime: string;
  backfillId?: string;
}

/** State of one step inside a run: what the `state` query answers and the workflow returns or fails with. */
export interface StepState {
  id: string;
  uses: string;
  status: StepStatus;
  startTime?: string;
  closeTime?: string;
  error?: StepError;
  progress?: Progress;
}

export interface PipelineState {
  scheduleId: string;
  scheduledTime: string;
  state: string;
  steps: StepState[];
  error?: StepError;
}

/** Result of a pipeline that succeeded: the steps without their outputs, which stand in their own events. */
export interface PipelineResult {
  steps: StepState[];
}
