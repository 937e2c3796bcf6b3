import { overlapVerdict } from './overlap.js';
import { paused, pausedWhileWaiting } from './paused.js';
import type { Reason, Rule } from './reason.js';
import type { RunIndex } from './run-index.js';
import { at, spanText } from './sentences.js';
import type { ExpectedSlot, SlotFacts } from './slot-facts.js';

/** The first that applies; the order is that in which the server itself decides. */
const rules: readonly Rule[] = [
  beforeCreation,
  skippedDate,
  notDue,
  rulesUnknown,
  paused,
  notLookedAt,
  missedCatchup,
  notStarted,
  pausedWhileWaiting,
  overlap,
];

export function whyNot(slot: ExpectedSlot, index: RunIndex, facts: SlotFacts): Reason {
  for (const rule of rules) {
    const reason = rule(slot, index, facts);
    if (reason !== undefined) return reason;
  }
  return nothingKnown(slot, index, facts);
}

function beforeCreation({ time }: ExpectedSlot, _: RunIndex, { createdAt }: SlotFacts): Reason | undefined {
  if (time >= createdAt) return undefined;
  return { status: 'beforeCreation', evidence: [`describe: the schedule was created at ${at(createdAt)}`] };
}

function skippedDate({ skip }: ExpectedSlot): Reason | undefined {
  if (skip === undefined) return undefined;
  const { path, comment, date } = skip;
  const where = path === undefined ? 'a skip calendar' : path;
  return {
    status: 'skippedDate',
    skip: { ...(path === undefined ? {} : { path }), date, ...(comment === '' ? {} : { comment }) },
    evidence: [`spec: ${where} takes out ${date}${comment === '' ? '' : ` (${comment})`}`],
  };
}

function notDue(
  { time, due, slack, rules: { spec } }: ExpectedSlot,
  _: RunIndex,
  facts: SlotFacts,
): Reason | undefined {
  const { now, note } = facts;
  if (due + slack <= now) return undefined;
  if (!facts.paused) return { status: 'toCome', evidence: [`spec: due at ${at(time)}${jitterText(spec.jitter)}`] };
  const because = note === '' ? '' : ` (${note})`;
  return {
    status: 'toCome',
    evidence: [`describe: paused now${because}: it runs only if unpaused before ${at(time)}`],
  };
}

function jitterText(jitter: number): string {
  return jitter === 0 ? '' : `, up to ${spanText(jitter)} later by jitter`;
}

function rulesUnknown({ time, rulesKnown }: ExpectedSlot, _: RunIndex, { log }: SlotFacts): Reason | undefined {
  if (rulesKnown) return undefined;
  const [first] = log.eras;
  // The newer scheduler calls a pause an update too.
  const what = log.coveredFrom === undefined ? 'changed or paused' : 'changed';
  const changed = first === undefined ? '' : `describe: the schedule was ${what} at ${at(first.from)}; `;
  const text = `${changed}what it was at ${at(time)} is not known: ${log.missing ?? 'the history does not go back so far'}`;
  return { status: 'unknown', evidence: [text] };
}

/** Without the scheduler's history only runs that overlap tell anything. */
function notLookedAt(slot: ExpectedSlot, index: RunIndex, facts: SlotFacts): Reason | undefined {
  const { log, now } = facts;
  const { coveredFrom = Number.POSITIVE_INFINITY, coveredUntil = Number.POSITIVE_INFINITY } = log;
  const isCovered = coveredFrom <= slot.time && slot.time <= coveredUntil;
  if (!isCovered) {
    const verdict = overlapVerdict(slot, undefined, index, facts);
    const missing = slot.time > coveredUntil ? `it ended at ${at(coveredUntil)}` : log.missing;
    const gap = `the scheduler's history is not there for this time: ${missing ?? 'it does not go back so far'}`;
    const still = facts.paused
      ? [`describe: paused now${facts.note === '' ? '' : ` (${facts.note})`}, since when is not known`]
      : [];
    if (verdict === undefined) return { status: 'unknown', evidence: [`no run is found, and ${gap}`, ...still] };
    // A paused schedule skips nothing: either may have kept it from running.
    if (facts.paused) return { status: 'unknown', evidence: [...verdict.evidence, gap, ...still] };
    return { status: verdict.status, evidence: [...verdict.evidence, `inferred from that run alone: ${gap}`] };
  }
  if (index.lookAt(slot.time) !== undefined) return undefined;
  if (facts.remainingActions === 0) return { status: 'unknown', evidence: [noActionsLeft] };
  const behind = `scheduler history: Temporal has not come to it yet, ${spanText(now - slot.time)} after its time`;
  return { status: 'toCome', evidence: [behind] };
}

const noActionsLeft = 'describe: the schedule has no actions left, so nothing starts any more';

function missedCatchup(
  { time, due, slack, rules }: ExpectedSlot,
  index: RunIndex,
  { counters }: SlotFacts,
): Reason | undefined {
  const look = index.lookAt(time);
  // The server measures from the time with its jitter.
  if (look === undefined || look - due <= rules.catchupWindow + slack) return undefined;
  const late = `scheduler history: Temporal came to it at ${at(look)}, ${spanText(look - due)} late`;
  const window = `the catchup window is ${spanText(rules.catchupWindow)}`;
  const counted = `describe: ${counters.missedCatchupWindow} missed since the schedule was created`;
  return { status: 'missedCatchup', evidence: [`${late}; ${window}`, counted] };
}

function notStarted({ time }: ExpectedSlot, index: RunIndex, { log }: SlotFacts): Reason | undefined {
  const look = index.lookAt(time);
  const failed = log.failedStarts.find((start) => start.at === look);
  if (failed === undefined) return undefined;
  const text = `scheduler history: Temporal tried to start it at ${at(failed.at)} and could not: ${failed.message}`;
  return { status: 'notStarted', evidence: [text] };
}

function overlap(slot: ExpectedSlot, index: RunIndex, facts: SlotFacts): Reason | undefined {
  const look = index.lookAt(slot.time);
  if (look === undefined) return undefined;
  const verdict = overlapVerdict(slot, look, index, facts);
  return verdict && { status: verdict.status, evidence: verdict.evidence };
}

function nothingKnown({ time }: ExpectedSlot, index: RunIndex, facts: SlotFacts): Reason {
  const { now, retention, runsComplete, counters, remainingActions } = facts;
  const look = index.lookAt(time);
  const looked = look === undefined ? '' : `scheduler history: Temporal came to it at ${at(look)}; `;
  const why = !runsComplete
    ? 'there are more runs than are read at once: ask for a shorter time'
    : retention !== undefined && time < now - retention
      ? `visibility: runs are kept for ${spanText(retention)} after their end, so one of this time may be gone`
      : 'neither visibility nor the history says why there is no run';
  const dropped = counters.bufferDropped > 0 ? [`describe: ${counters.bufferDropped} dropped from a full buffer`] : [];
  const exhausted = remainingActions === 0 ? [noActionsLeft] : [];
  return { status: 'unknown', evidence: [`${looked}${why}`, ...exhausted, ...dropped] };
}
