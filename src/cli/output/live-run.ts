import type { RunView, StepView } from '../../domain/views.js';
import type { Painter } from './colors.js';
import { formatBar, formatProgress, progressFacts } from './progress.js';
import { spanMs, startedAt, stepRemark } from './run-lines.js';
import { runStatusCell, stepStatusCell } from './status.js';
import { type Cell, formatTable } from './table.js';
import type { Terminal } from './terminal.js';
import { oneLine, shorten } from './text.js';
import { formatSpan } from './time.js';

const barWidth = 20;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

interface LiveView {
  now: number;
  /** Shown under the steps, as when the server does not answer. */
  notice?: string;
}

/** The lines that `run --follow` redraws: a head and a line a step, none wider than the terminal. */
export function liveRunLines(run: RunView, terminal: Terminal, { now, notice }: LiveView): string[] {
  const { paint } = terminal;
  const width = Math.max(20, terminal.columns - 1);
  const status = runStatusCell(run.status, terminal);
  const span = formatSpan(spanMs(run, now) ?? 0);
  const id = shorten(oneLine(run.workflowId), width - status.text.length - span.length - 4);
  const head = `${paint(status.tone, status.text)}  ${paint('strong', id)}  ${paint('faint', span)}`;
  const names = alignedNames(run.steps, terminal, now);
  const steps = run.steps.map((step, index) => {
    const { text, painted } = names[index] ?? { text: '', painted: '' };
    return `${painted}${stepTail(step, now, width - text.length, paint)}`;
  });
  return [head, ...steps, ...(notice === undefined ? [] : [paint('warn', shorten(oneLine(notice), width))])];
}

function alignedNames(steps: readonly StepView[], terminal: Terminal, now: number) {
  const rows = steps.map((step): Cell[] => {
    const span = spanMs(step, now);
    const attempts = step.attempts > 1 ? `try ${step.attempts}` : '';
    return [statusCell(step, terminal, now), step.id, span === undefined ? '-' : formatSpan(span), attempts, '|'];
  });
  const plain = formatTable(['', '', '', '', ''], rows, (_, text) => text).slice(1);
  const painted = formatTable(['', '', '', '', ''], rows, terminal.paint).slice(1);
  // The last column only keeps the others at their full width.
  return plain.map((text, index) => ({ text: text.slice(0, -1), painted: painted[index]?.slice(0, -1) ?? '' }));
}

function statusCell(step: StepView, terminal: Terminal, now: number): Cell {
  if (step.status !== 'running') return stepStatusCell(step.status, terminal);
  return { text: `${spinner[Math.floor(now / 120) % spinner.length]} running`, tone: 'busy' };
}

function stepTail(step: StepView, now: number, width: number, paint: Painter): string {
  if (step.status !== 'running' && step.status !== 'waiting') {
    return paint(step.status === 'failed' ? 'bad' : 'faint', shorten(oneLine(stepRemark(step, now)), width));
  }
  const facts = step.progress === undefined ? {} : progressFacts(step.progress, startedAt(step), now);
  if (step.progress === undefined || facts.fraction === undefined) {
    return paint('faint', shorten(oneLine(stepRemark(step, now)), width));
  }
  const words = oneLine(formatProgress(step.progress, facts));
  if (width < barWidth + 12) return shorten(words, width);
  return `${paint('busy', formatBar(facts.fraction, barWidth))} ${shorten(words, width - barWidth - 1)}`;
}
