import type { RunStatus, StepStatus } from '../../domain/views.js';
import type { Tone } from './colors.js';
import type { Cell } from './table.js';
import type { Terminal } from './terminal.js';

interface Look {
  symbol: string;
  tone: Tone;
}

const stepLooks: Record<StepStatus, Look> = {
  pending: { symbol: '○', tone: 'faint' },
  running: { symbol: '●', tone: 'busy' },
  waiting: { symbol: '◷', tone: 'warn' },
  succeeded: { symbol: '✔', tone: 'good' },
  failed: { symbol: '✖', tone: 'bad' },
  skipped: { symbol: '↷', tone: 'faint' },
  cancelled: { symbol: '■', tone: 'warn' },
};

const runLooks: Record<RunStatus, Look> = {
  running: { symbol: '●', tone: 'busy' },
  paused: { symbol: '◷', tone: 'warn' },
  completed: { symbol: '✔', tone: 'good' },
  failed: { symbol: '✖', tone: 'bad' },
  canceled: { symbol: '■', tone: 'warn' },
  terminated: { symbol: '■', tone: 'bad' },
  timedOut: { symbol: '✖', tone: 'bad' },
  continuedAsNew: { symbol: '●', tone: 'busy' },
};

/** The status in its colour, with a symbol for a person and as one word in a pipe. */
export function stepStatusCell(status: StepStatus, terminal: Terminal): Cell {
  return cell(stepLooks[status], status, terminal);
}

export function runStatusCell(status: RunStatus, terminal: Terminal): { text: string; tone: Tone } {
  return cell(runLooks[status], status, terminal);
}

function cell({ symbol, tone }: Look, status: string, terminal: Terminal): { text: string; tone: Tone } {
  return { text: terminal.isInteractive ? `${symbol} ${status}` : status, tone };
}
