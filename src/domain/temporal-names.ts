/** Names that Almanac uses inside Temporal: one place, so that workflows, services and the platform agree. */

/** Search attributes that Almanac needs in the namespace; `npm start` and the deploy create them. */
export const searchAttributes = {
  /** Keyword, on runs: id of the schedule. */
  AlmanacScheduleId: 'Keyword',
  /** Keyword, on runs: what the run is doing now, see {@link runStates}. */
  AlmanacState: 'Keyword',
  /** Keyword, on runs: schedule, manual or backfill. */
  AlmanacTrigger: 'Keyword',
  /** Keyword, on runs: the backfill that started it. */
  AlmanacBackfillId: 'Keyword',
  /** Keyword, on schedules and runs: who applied the schedule. */
  AlmanacOwner: 'Keyword',
  /** Keyword, on schedules: digest of the applied definition. */
  AlmanacDigest: 'Keyword',
  /** KeywordList, on schedules: tags of the definition. */
  AlmanacTags: 'KeywordList',
} as const;

/** Values of `AlmanacState`. `waiting` is a run with an open callback. */
export const runStates = ['running', 'waiting', 'recovering', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

/** Memo keys on the action of a schedule, and so on each of its runs. */
export const memoKeys = {
  /** The applied ScheduleDefinition, whole: `describe` never returns the text of a spec. */
  definition: 'almanacDefinition',
  /** Who triggered a manual run. */
  triggeredBy: 'almanacTriggeredBy',
  /** On a backfill: what it was asked to do. */
  backfill: 'almanacBackfill',
  /** On a backfill: how far it is. */
  backfillProgress: 'almanacBackfillProgress',
} as const;

/** Workflow type of `action.steps`. */
export const pipelineWorkflow = 'pipeline';

/** Workflow type of our own backfills. */
export const backfillWorkflow = 'backfill';

/** The platform's own workflows; users register theirs in `workflow-registry.ts`. */
export const builtInWorkflows = [pipelineWorkflow, backfillWorkflow] as const;

/** Query of the state of a pipeline or a backfill. */
export const stateQuery = 'state';

/** Task queue of workers, and of actions that name none. */
export const defaultTaskQueue = 'almanac';
