import type { KnownRun } from './run-index.js';
import type { PausePeriod } from './slot-facts.js';

/** Instants in evidence are the same text as in the rest of the answer. */
export function at(time: number): string {
  return new Date(time).toISOString();
}

/** `12s`, `3m 20s`: short, for sentences. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 180 ? `${minutes} min` : `${Math.round(minutes / 6) / 10} h`;
}

/** Which run, from when to when, and where that is known from. */
export function runText(run: KnownRun): string {
  return `${runName(run)} ran ${runSpan(run)}`;
}

export function runName({ source, workflowId, runId }: KnownRun): string {
  return `${source}: run ${workflowId} (${runId})`;
}

export function runSpan({ startTime, closeTime, status }: KnownRun): string {
  const until = closeTime === undefined ? (status === 'running' ? ', still running' : '') : ` to ${at(closeTime)}`;
  const ended = status === null || status === 'running' ? '' : `, ${status}`;
  return `from ${at(startTime)}${until}${ended}`;
}

export function pauseText({ since, by, note, cause, until }: PausePeriod): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const noted = note === '' ? '' : ` (${note})`;
  const how = {
    pause: `paused at ${at(since ?? 0)}${who}`,
    update: `paused by an update at ${at(since ?? 0)}${who}`,
    failure: `paused by the scheduler itself at ${at(since ?? 0)}`,
    creation: `created paused at ${at(since ?? 0)}${who}`,
    unknown: 'paused before the history that is kept, so by whom and when is not known',
  }[cause];
  const end = until === undefined ? ', and still is' : `, until ${at(until)}`;
  return `scheduler history: ${how}${noted}${end}`;
}
