import { iterateFireTimes } from '../spec/fire-times.js';
import type { KnownRun, RunIndex } from './run-index.js';
import { at, runName, runSpan, runText } from './sentences.js';
import type { ExpectedSlot, SlotFacts } from './slot-facts.js';

/** What the overlap policy made of a fire. */
export interface OverlapVerdict {
  status: 'skippedByOverlap' | 'buffered';
  blocker: KnownRun;
  evidence: string[];
}

/**
 * The run that was in the way when the scheduler came to a time, as far as the scheduler knows it: runs that Almanac
 * starts beside it and those of allowAll take no part in the policy.
 * @param look when the scheduler came to it
 */
export function blockerAt(slot: ExpectedSlot, look: number, index: RunIndex): KnownRun | undefined {
  if (slot.rules.overlap === 'allowAll') return undefined;
  const tracked = index.all.filter(({ direct, request, scheduledTime }) => {
    return direct === undefined && request?.overlap !== 'allowAll' && scheduledTime !== slot.time;
  });
  const open = tracked.filter(({ startTime, closeTime, status }) => {
    if (startTime > look) return false;
    // Of a run that is remembered only, nobody knows when it ended.
    return closeTime === undefined ? status === 'running' || status === 'paused' : closeTime > look;
  });
  return open.at(-1) ?? tracked.findLast((run) => startedInSameLook(run, slot, look, index));
}

/** After an outage the scheduler comes to several times at once: the first starts, the others find it. */
function startedInSameLook(run: KnownRun, slot: ExpectedSlot, look: number, index: RunIndex): boolean {
  if (run.trigger !== 'schedule' || run.scheduledTime === undefined || run.scheduledTime >= slot.time) return false;
  return run.startTime >= look && index.lookAt(run.scheduledTime) === look;
}

/** @param look undefined where it is not known when the scheduler came to the time: the time itself stands in */
export function overlapVerdict(
  slot: ExpectedSlot,
  look: number | undefined,
  index: RunIndex,
  { now, counters }: Pick<SlotFacts, 'now' | 'counters'>,
): OverlapVerdict | undefined {
  const moment = look ?? slot.time;
  const blocker = blockerAt(slot, moment, index);
  if (blocker === undefined) return undefined;
  const { overlap } = slot.rules;
  const found = `${inTheWay(blocker, look)}; overlap policy ${overlap}`;
  const counted = `describe: ${counters.overlapSkipped} skipped by overlap since the schedule was created`;
  const waits = blocker.status === 'running' && counters.bufferSize > 0 && isKept(slot, blocker, index, now);
  if (waits) {
    const size = `describe: ${counters.bufferSize} buffered`;
    return { status: 'buffered', blocker, evidence: [`${found}: it starts when that run ends`, size] };
  }
  const evidence = [found, ...(counters.overlapSkipped > 0 ? [counted] : [])];
  if (overlap === 'skip') return { status: 'skippedByOverlap', blocker, evidence };
  if (overlap === 'bufferOne') {
    return { status: 'skippedByOverlap', blocker, evidence: [`${found}, and another fire was waiting already`] };
  }
  if (overlap === 'cancelOther' || overlap === 'terminateOther') {
    const later = index.all.find(({ scheduledTime, startTime, trigger }) => {
      return trigger === 'schedule' && (scheduledTime ?? 0) > slot.time && startTime >= moment;
    });
    if (later === undefined) return undefined;
    const replaced = `${found}: before that run had ended the fire of ${at(later.scheduledTime ?? 0)} took its place`;
    return { status: 'skippedByOverlap', blocker, evidence: [replaced] };
  }
  return undefined;
}

function inTheWay(blocker: KnownRun, look: number | undefined): string {
  if (look === undefined) return `${runText(blocker)}, over this time`;
  if (blocker.startTime >= look) {
    return `${runName(blocker)} was started first when Temporal came to several times at once at ${at(look)}`;
  }
  return `${runName(blocker)} was open when Temporal came to this time at ${at(look)}: it ran ${runSpan(blocker)}`;
}

/** Whether a waiting fire is the one that the buffer keeps. */
function isKept(slot: ExpectedSlot, blocker: KnownRun, index: RunIndex, now: number): boolean {
  const { overlap, spec } = slot.rules;
  if (overlap === 'bufferAll') return true;
  if (overlap === 'bufferOne') {
    // A run that itself had waited let the fires until its start go by.
    const { scheduledTime = blocker.startTime, startTime } = blocker;
    const startedAtOnce = startTime - (index.lookAt(scheduledTime) ?? scheduledTime) < 1_000;
    const [first] = iterateFireTimes(spec, new Date(startedAtOnce ? scheduledTime : startTime));
    return first?.getTime() === slot.time;
  }
  if (overlap === 'skip' || overlap === 'allowAll') return false;
  const [next] = iterateFireTimes(spec, new Date(slot.time));
  return next === undefined || next.getTime() > now;
}
