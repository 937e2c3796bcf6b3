import { blockerAt } from './overlap.js';
import type { Reason } from './reason.js';
import { indexRuns, type KnownRun, type RunIndex } from './run-index.js';
import { at, runText, spanText } from './sentences.js';
import type { ExpectedSlot, SlotFacts } from './slot-facts.js';
import type { SlotRunView, SlotView } from './slot-view.js';
import { whyNot } from './why-not.js';

/** A run that starts later than this after its time, jitter apart, is late; a healthy server takes some 20 ms. */
export const lateToleranceMs = 5_000;

/** What became of each expected fire, by what is known; where nothing proves anything it says so. */
export function explainSlots(slots: readonly ExpectedSlot[], facts: SlotFacts): SlotView[] {
  const index = indexRuns(slots, facts);
  return slots.map((slot) => explainSlot(slot, index, facts));
}

function explainSlot(slot: ExpectedSlot, index: RunIndex, facts: SlotFacts): SlotView {
  const runs = index.at(slot.time);
  const own = runs.filter(({ trigger }) => trigger === 'schedule');
  const others = runs.filter(({ trigger }) => trigger !== 'schedule');
  const base = { scheduledTime: at(slot.time), runs: runs.map(toRunView) };
  const [first] = own;
  if (first !== undefined) {
    return { ...base, ...ownOutcome(slot, first, own.at(-1) ?? first), ...evidenceOf(slot, own, others, index) };
  }
  const reason = whyNot(slot, index, facts);
  const last = others.at(-1);
  if (last === undefined) return { ...base, ...reason };
  const status = last.trigger === 'backfill' ? 'backfilled' : 'triggered';
  return { ...base, ...reason, status, evidence: [...others.map(otherText), ...whyNotItself(reason)] };
}

function ownOutcome(slot: ExpectedSlot, first: KnownRun, last: KnownRun) {
  const late = latenessOf(slot, first);
  const lateness = late === undefined ? {} : { lateBySeconds: late / 1000 };
  return { status: statusOf(last, late !== undefined), ...lateness };
}

/** Never late twice over: only the start counts, and jitter is meant. */
function latenessOf({ time, rules }: ExpectedSlot, { startTime }: KnownRun): number | undefined {
  const late = startTime - time;
  return late > rules.spec.jitter + lateToleranceMs ? late : undefined;
}

function statusOf({ status }: KnownRun, isLate: boolean): SlotView['status'] {
  if (status === 'running' || status === 'paused') return 'running';
  if (status !== null && status !== 'completed' && status !== 'continuedAsNew') return 'failed';
  return isLate ? 'late' : 'ran';
}

function evidenceOf(slot: ExpectedSlot, own: KnownRun[], others: KnownRun[], index: RunIndex): { evidence: string[] } {
  const [first] = own;
  const why = first === undefined || latenessOf(slot, first) === undefined ? [] : [whyLate(slot, first, index)];
  return { evidence: [...own.map(runText), ...why, ...others.map(otherText)] };
}

function whyLate(slot: ExpectedSlot, run: KnownRun, index: RunIndex): string {
  const late = `started ${spanText(run.startTime - slot.time)} after its time`;
  const look = index.lookAt(slot.time);
  if (look === undefined) return `${late}; the scheduler's history does not say why`;
  if (look - slot.due > slot.slack + lateToleranceMs) {
    return `${late}: scheduler history: Temporal came to it at ${at(look)}, so the server was down or behind`;
  }
  const blocker = blockerAt(slot, look, index);
  if (blocker === undefined) return late;
  return `${late}: it waited for run ${blocker.workflowId} (${blocker.runId}), overlap policy ${slot.rules.overlap}`;
}

function otherText(run: KnownRun): string {
  const { trigger, request } = run;
  const what = trigger === 'backfill' ? 'backfill' : 'trigger';
  const who = request?.by === undefined ? '' : ` by ${request.by}`;
  if (run.direct !== undefined) return `${runText(run)}; its search attributes say that a ${what} started it`;
  if (request === undefined)
    return `${runText(run)}; the schedule itself can't have started it then, so a ${what} or a trigger did`;
  return `${runText(run)}; scheduler history: ${what} asked for at ${at(request.at)}${who}`;
}

function whyNotItself({ status, evidence }: Reason): string[] {
  return status === 'toCome' ? [] : evidence.map((sentence) => `by itself it did not run: ${sentence}`);
}

function toRunView({ workflowId, runId, status, trigger, startTime, closeTime }: KnownRun): SlotRunView {
  const ended = closeTime === undefined ? null : at(closeTime);
  return { workflowId, runId, status, trigger, startTime: at(startTime), closeTime: ended };
}
