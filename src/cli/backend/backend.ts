import type { OverlapPolicy } from '../../domain/definition/policies.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { ExportView } from '../../domain/export/export-view.js';
import type { AppliedChange, ApplyView, PlanView } from '../../domain/plan/plan.js';
import type { SlotView } from '../../domain/slots/slot-view.js';
import type {
  FireTimesView,
  ListView,
  PendingCallbackView,
  RunStatus,
  RunSummaryView,
  RunView,
  ScheduleSummaryView,
  ScheduleView,
} from '../../domain/views.js';
import type { BackfillCalls } from './backfill-calls.js';

export interface Page {
  pageSize?: number;
  pageToken?: string;
}

export interface ScheduleFilter {
  text?: string;
  tag?: string;
  paused?: boolean;
  owner?: string;
}

export interface RunFilter {
  scheduleId?: string;
  status?: RunStatus;
  backfillId?: string;
}

export interface TriggerRequest {
  overlap?: OverlapPolicy;
  input?: unknown;
  /** ISO 8601. */
  scheduledTime?: string;
}

export interface RunReference {
  workflowId: string;
  runId: string;
}

/** The run, or the promise of one that starts when the run before it has ended. */
export type TriggerOutcome = RunReference | { buffered: true };

export interface FireTimesRange {
  /** ISO 8601, exclusive. */
  start: string;
  /** ISO 8601, inclusive. */
  end: string;
  limit: number;
}

export interface SlotRange {
  /** ISO 8601, exclusive. */
  start: string;
  /** ISO 8601, inclusive. */
  end: string;
}

export interface PlanRequest {
  definitions: readonly ScheduleDefinition[];
  owner: string;
  /** Delete what the owner has and no definition wants; a list of ids allows these alone. */
  prune: boolean | readonly string[];
  deep: boolean;
  adopt: boolean;
  horizonMs: number;
}

export interface ApplyHooks {
  /** Ends the apply between two changes. */
  signal: AbortSignal;
  /** Called after each change but no-ops. */
  onChange(change: AppliedChange, progress: { done: number; total: number }): void;
}

/**
 * What the verbs need of a platform: through its API, or straight to Temporal. Every method throws AlmanacError:
 * `not-found`, `conflict`, `unauthenticated`, `forbidden`, `unavailable` and so on, each with its exit code.
 */
export interface Backend extends BackfillCalls {
  listSchedules(filter: ScheduleFilter, page: Page): Promise<ListView<ScheduleSummaryView>>;
  describeSchedule(id: string): Promise<ScheduleView>;
  pauseSchedule(id: string, note: string | undefined): Promise<ScheduleView>;
  unpauseSchedule(id: string, note: string | undefined): Promise<ScheduleView>;
  triggerSchedule(id: string, request: TriggerRequest): Promise<TriggerOutcome>;
  deleteSchedule(id: string): Promise<void>;
  fireTimes(id: string, range: FireTimesRange): Promise<FireTimesView>;
  exportSchedule(id: string): Promise<ExportView>;
  listSlots(id: string, range: SlotRange, page: Page): Promise<ListView<SlotView>>;
  plan(request: PlanRequest): Promise<PlanView>;
  /** @param planned what `plan` said, and people saw */
  apply(request: PlanRequest, planned: PlanView, hooks: ApplyHooks): Promise<ApplyView>;
  listRuns(filter: RunFilter, page: Page): Promise<ListView<RunSummaryView>>;
  getRun(workflowId: string, runId: string | undefined): Promise<RunView>;
  cancelRun(workflowId: string, runId: string | undefined, reason: string | undefined): Promise<RunReference>;
  terminateRun(workflowId: string, runId: string | undefined, reason: string | undefined): Promise<RunReference>;
  listCallbacks(page: Page): Promise<ListView<PendingCallbackView>>;
  /** Ends connections, so that the process can end. */
  close(): Promise<void>;
}
