import { pauseAt } from './pause-at.js';
import type { ExpectedSlot, ManualRequest, RunFact, SlotFacts, StartedAction } from './slot-facts.js';

/** A run, and what started it. */
export interface KnownRun extends RunFact {
  trigger: 'schedule' | 'manual' | 'backfill';
  /** The request to the server that it came from. */
  request: ManualRequest | undefined;
  source: 'visibility' | StartedAction['source'];
}

export interface RunIndex {
  all: readonly KnownRun[];
  /** Runs for a nominal time, by their start. */
  at(time: number): readonly KnownRun[];
  /** When the scheduler came to a nominal time: its first look when that was due. */
  lookAt(time: number): number | undefined;
}

/** Runs by the time that they are for; those that visibility no longer has are taken from what the scheduler remembers. */
export function indexRuns(slots: readonly ExpectedSlot[], { runs, log }: Pick<SlotFacts, 'runs' | 'log'>): RunIndex {
  const slotAt = new Map(slots.map((slot) => [slot.time, slot]));
  const lookAt = (time: number) => firstAtOrAfter(log.looks, slotAt.get(time)?.due ?? time);
  const seen = new Set(runs.map(({ runId }) => runId));
  const remembered = new Map(
    log.actions.filter(({ runId }) => !seen.has(runId)).map((action) => [action.runId, action]),
  );
  const byStart = [...runs, ...[...remembered.values()].map(factOfAction)].sort((a, b) => a.startTime - b.startTime);
  const byTime = new Map<number, KnownRun[]>();
  const all = byStart.map((run) => {
    const siblings = run.scheduledTime === undefined ? [] : (byTime.get(run.scheduledTime) ?? []);
    const slot = run.scheduledTime === undefined ? undefined : slotAt.get(run.scheduledTime);
    const known: KnownRun = {
      ...run,
      ...originOf(run, { slot, siblings, log, look: run.scheduledTime && lookAt(run.scheduledTime) }),
      source: remembered.get(run.runId)?.source ?? 'visibility',
    };
    if (run.scheduledTime !== undefined) byTime.set(run.scheduledTime, [...siblings, known]);
    return known;
  });
  return { all, at: (time) => byTime.get(time) ?? [], lookAt };
}

interface RunContext {
  slot: ExpectedSlot | undefined;
  /** Earlier runs for the same time. */
  siblings: readonly KnownRun[];
  log: SlotFacts['log'];
  /** When the scheduler came to its time. */
  look: number | undefined;
}

function originOf(run: RunFact, context: RunContext): Pick<KnownRun, 'trigger' | 'request'> {
  if (run.direct !== undefined) return { trigger: run.direct, request: undefined };
  const before = context.siblings.find(({ workflowId, status }) => {
    return workflowId === run.workflowId && status === 'continuedAsNew';
  });
  if (before !== undefined) return { trigger: before.trigger, request: before.request };
  const request = requestOf(run, context);
  if (request !== undefined) return { trigger: request.kind === 'trigger' ? 'manual' : 'backfill', request };
  return { trigger: isBesideSchedule(run, context) ? 'backfill' : 'schedule', request };
}

/**
 * The request that a run of the scheduler came from. The server marks runs of a trigger or a backfill in no way: it is
 * one of them when it was started after the request, and the scheduler had come to its time before that.
 */
function requestOf(run: RunFact, context: RunContext): ManualRequest | undefined {
  const { scheduledTime: time, startTime } = run;
  const { siblings, log, look } = context;
  if (time === undefined) return undefined;
  return log.requests.findLast(({ kind, from, to, at }) => {
    // The server names runs by whole seconds.
    const covers = kind === 'trigger' ? Math.floor(from / 1000) * 1000 === time : from <= time && time <= to;
    if (!covers || startTime < at) return false;
    const hasNatural = siblings.some(({ trigger }) => trigger === 'schedule');
    const isTaken = hasNatural || isBesideSchedule(run, context);
    return isTaken || look === undefined || look <= at || startTime < look;
  });
}

/** A start takes milliseconds; a throttled one some seconds. */
const startsWithinMs = 60_000;

/** True for a run that the schedule itself can't have started then, so that a backfill or a trigger did. */
function isBesideSchedule({ startTime }: RunFact, { slot, log, look }: RunContext): boolean {
  if (slot === undefined) return false;
  const { time, due, slack, rules, skip } = slot;
  if (skip !== undefined || pauseAt(log, time) !== undefined) return true;
  const latest = due + slack + rules.catchupWindow;
  if (look !== undefined && look > latest) return true;
  // A fire that waits in the buffer may start at any time.
  if (rules.overlap !== 'skip' && rules.overlap !== 'allowAll') return false;
  return startTime > (look === undefined ? latest : look + slack) + startsWithinMs;
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
