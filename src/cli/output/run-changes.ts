import type { RunView, StepView } from '../../domain/views.js';
import { formatProgress, progressFacts } from './progress.js';
import { spanMs, startedAt } from './run-lines.js';
import { oneLine } from './text.js';
import { formatSpan } from './time.js';

/**
 * What happened between two looks at a run, one line a change, for output that is no terminal. Progress counts as a
 * change at every full tenth, or without a total whenever it grew.
 *
 * @param before the look before; undefined at the first
 */
export function runChanges(before: RunView | undefined, after: RunView, now: number): string[] {
  const steps = after.steps.flatMap((step) => {
    const old = before?.steps.find(({ id }) => id === step.id);
    return [...statusChange(old, step, now), ...progressChange(old, step, now)];
  });
  const isNew = before === undefined;
  const head = isNew || before.status !== after.status ? [runChange(after, now)] : [];
  // The run ends after its steps, and starts before them.
  return after.closeTime === null ? [...head, ...steps] : [...steps, ...head];
}

function runChange(run: RunView, now: number): string {
  const error = run.error === null ? '' : `: ${run.error.kind}: ${run.error.message}`;
  const span = run.closeTime === null ? '' : ` after ${formatSpan(spanMs(run, now) ?? 0)}`;
  return oneLine(`run ${run.workflowId} ${run.status}${span}${error}`);
}

function statusChange(old: StepView | undefined, step: StepView, now: number): string[] {
  const isSame = old?.status === step.status && old.attempts === step.attempts;
  if (isSame || (old === undefined && step.status === 'pending')) return [];
  const attempt = step.attempts > 1 ? ` (attempt ${step.attempts})` : '';
  const span = spanMs(step, now);
  const after = step.closeTime !== null && span !== undefined ? ` after ${formatSpan(span)}` : '';
  const error = step.error === undefined ? '' : `: ${step.error.kind}: ${step.error.message}`;
  return [oneLine(`step ${step.id} ${step.status}${attempt}${after}${error}`)];
}

function progressChange(old: StepView | undefined, step: StepView, now: number): string[] {
  if (step.progress === undefined || (step.status !== 'running' && step.status !== 'waiting')) return [];
  if (step.progress.done === 0 && step.progress.message === undefined) return [];
  const facts = progressFacts(step.progress, startedAt(step), now);
  const isNews =
    old?.progress === undefined ||
    (facts.fraction === undefined
      ? step.progress.done !== old.progress.done || step.progress.message !== old.progress.message
      : tenth(step) !== tenth(old));
  return isNews ? [oneLine(`step ${step.id} ${formatProgress(step.progress, facts)}`)] : [];
}

function tenth({ progress }: StepView): number {
  return progress?.total ? Math.floor((progress.done / progress.total) * 10) : 0;
}
