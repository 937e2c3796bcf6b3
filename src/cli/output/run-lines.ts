import type { CancelNoticeView, RunView, StepView } from '../../domain/views.js';
import type { Cli } from '../cli.js';
import { formatProgress, progressFacts } from './progress.js';
import { runStatusCell, stepStatusCell } from './status.js';
import { type Cell, formatFields, formatTable } from './table.js';
import { oneLine } from './text.js';
import { formatSpan } from './time.js';
import { when } from './when.js';

/** A run for people: its facts, a table of its steps, and what went wrong. */
export function runLines(run: RunView, cli: Cli): string[] {
  const { out } = cli;
  const facts = formatFields(
    [
      ['workflow id', { text: run.workflowId, tone: 'strong' }],
      ['run id', run.runId],
      ['status', runStatusCell(run.status, out)],
      ['schedule', run.scheduleId ?? undefined],
      ['scheduled', run.scheduledTime === null ? undefined : when(cli, run.scheduledTime)],
      ['trigger', triggerText(run)],
      ['backfill', run.backfillId],
      ['started', when(cli, run.startTime)],
      ['ended', run.closeTime === null ? undefined : when(cli, run.closeTime)],
      ['duration', formatSpan(spanMs(run, cli.host.now()) ?? 0)],
    ],
    out.paint,
  );
  return [...facts, ...stepsTable(run, cli), ...runErrorLines(run, cli)];
}

function triggerText(run: RunView): string | undefined {
  if (run.trigger === undefined) return undefined;
  return run.triggeredBy === undefined ? run.trigger : `${run.trigger} by ${run.triggeredBy}`;
}

function stepsTable(run: RunView, cli: Cli): string[] {
  if (run.steps.length === 0) return [];
  const header = ['STEP', 'USES', 'STATUS', 'ATTEMPTS', 'DURATION', 'PROGRESS'];
  const rows = run.steps.map((step): Cell[] => {
    const span = spanMs(step, cli.host.now());
    return [
      step.id,
      step.uses,
      stepStatusCell(step.status, cli.out),
      String(step.attempts),
      span === undefined ? '-' : formatSpan(span),
      stepRemark(step, cli.host.now()),
    ];
  });
  return ['', ...formatTable(header, rows, cli.out.paint)];
}

/** What is worth a word beside the status: progress, what is waited for, or the error. */
export function stepRemark(step: StepView, now: number): string {
  const isOpen = step.status === 'running' || step.status === 'waiting';
  const parts: string[] = [];
  if (step.progress !== undefined && step.status !== 'skipped') {
    const { fraction, ...moving } = progressFacts(step.progress, startedAt(step), now);
    parts.push(
      formatProgress(step.progress, { ...(isOpen ? moving : {}), ...(fraction === undefined ? {} : { fraction }) }),
    );
  }
  if (isOpen && step.callback !== undefined) {
    parts.push(`callback open until ${step.callback.expiresAt}`);
  }
  if (step.error !== undefined) parts.push(`${step.error.kind}: ${step.error.message}`);
  if (step.cancelNotice !== undefined) parts.push(noticeText(step.cancelNotice));
  return parts.join('; ');
}

/** Whether the partner knows that nobody waits any more. */
function noticeText({ status, attempts, error }: CancelNoticeView): string {
  if (status === 'delivered') return 'the partner was told';
  const why = error === undefined ? '' : ` (${error.message})`;
  return status === 'sending'
    ? `telling the partner, delivery ${attempts}${why}`
    : `the partner could not be told${why}`;
}

/** What ended the run, in red, after an empty line; nothing for a run without an error. */
export function runErrorLines(run: RunView, cli: Cli): string[] {
  if (run.error === null) return [];
  const { kind, message, step } = run.error;
  const where = step === undefined ? '' : ` in step ${step}`;
  return ['', `${cli.out.paint('bad', `${kind}${where}:`)} ${oneLine(message)}`];
}

export function startedAt(timed: { startTime: string | null }): number | undefined {
  return timed.startTime === null ? undefined : Date.parse(timed.startTime);
}

/** Milliseconds from start to end, or to now; undefined before the start. */
export function spanMs(timed: { startTime: string | null; closeTime: string | null }, now: number): number | undefined {
  const start = startedAt(timed);
  if (start === undefined) return undefined;
  return Math.max(0, (timed.closeTime === null ? now : Date.parse(timed.closeTime)) - start);
}
