import type { ManualRequest, RunFact, SlotFacts, StartedAction } from './slot-facts.js';

/** A run, and what started it. */
export interface KnownRun extends RunFact {
  trigger: 'schedule' | 'manual' | 'backfill';
  /** The request to the server that it came from. */
  request: ManualRequest | undefined;
  source: 'visibility' | 'scheduler history';
}

export interface RunIndex {
  all: readonly KnownRun[];
  /** Runs for a nominal time, by their start. */
  at(time: number): readonly KnownRun[];
  /** When the scheduler came to a time: its first look at or after it. */
  lookAt(time: number): number | undefined;
}

/** Runs by the time that they are for; those that visibility no longer has are taken from what the scheduler remembers. */
export function indexRuns({ runs, log }: Pick<SlotFacts, 'runs' | 'log'>): RunIndex {
  const lookAt = (time: number) => firstAtOrAfter(log.looks, time);
  const seen = new Set(runs.map(({ runId }) => runId));
  const remembered = log.actions.filter(({ runId }) => !seen.has(runId)).map(factOfAction);
  const byStart = [...runs, ...remembered].sort((a, b) => a.startTime - b.startTime);
  const byTime = new Map<number, KnownRun[]>();
  const all = byStart.map((run) => {
    const siblings = run.scheduledTime === undefined ? [] : (byTime.get(run.scheduledTime) ?? []);
    const known = classify(run, siblings, log.requests, lookAt, seen.has(run.runId));
    if (run.scheduledTime !== undefined) byTime.set(run.scheduledTime, [...siblings, known]);
    return known;
  });
  return { all, at: (time) => byTime.get(time) ?? [], lookAt };
}

function classify(
  run: RunFact,
  siblings: readonly KnownRun[],
  requests: readonly ManualRequest[],
  lookAt: (time: number) => number | undefined,
  isVisible: boolean,
): KnownRun {
  const source = isVisible ? 'visibility' : 'scheduler history';
  if (run.direct !== undefined) return { ...run, trigger: run.direct, request: undefined, source };
  const before = siblings.find(
    ({ workflowId, status }) => workflowId === run.workflowId && status === 'continuedAsNew',
  );
  if (before !== undefined) return { ...run, trigger: before.trigger, request: before.request, source };
  const request = requestOf(run, siblings, requests, lookAt);
  if (request === undefined) return { ...run, trigger: 'schedule', request, source };
  return { ...run, trigger: request.kind === 'trigger' ? 'manual' : 'backfill', request, source };
}

/**
 * The request that a run of the scheduler came from. The server marks runs of a trigger or a backfill in no way: it is
 * one of them when it was started after the request, and the scheduler had come to its time before that.
 */
function requestOf(
  run: RunFact,
  siblings: readonly KnownRun[],
  requests: readonly ManualRequest[],
  lookAt: (time: number) => number | undefined,
): ManualRequest | undefined {
  const time = run.scheduledTime;
  if (time === undefined) return undefined;
  const natural = lookAt(time);
  return requests.findLast(({ kind, from, to, at }) => {
    // The server names runs by whole seconds.
    const covers = kind === 'trigger' ? Math.floor(from / 1000) * 1000 === time : from <= time && time <= to;
    if (!covers || run.startTime < at) return false;
    const hasNatural = siblings.some(({ trigger }) => trigger === 'schedule');
    return hasNatural || natural === undefined || natural <= at || run.startTime < natural;
  });
}

const nominalSuffix = /-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/;

/** The scheduler appends the nominal time to the workflow id. */
function factOfAction({ workflowId, runId, startTime, status }: StartedAction): RunFact {
  const time = Date.parse(nominalSuffix.exec(workflowId)?.[1] ?? '');
  return {
    workflowId,
    runId,
    // What it said then may no longer be so; an end stays an end.
    status: status === 'running' ? null : status,
    scheduledTime: Number.isNaN(time) ? undefined : time,
    startTime,
    closeTime: undefined,
    direct: undefined,
  };
}

function firstAtOrAfter(sorted: readonly number[], value: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}
