import type { SlotStatus, SlotView } from '../../domain/slots/slot-view.js';
import type { Cli } from '../cli.js';
import type { Tone } from './colors.js';
import { type Cell, formatTable } from './table.js';
import { count, oneLine } from './text.js';
import { formatSpan, localTime } from './time.js';

/** How a status is called for people, in its colour; in the order of the summary. */
const looks: Record<SlotStatus, { text: string; symbol: string; tone: Tone }> = {
  ran: { text: 'ran', symbol: '✔', tone: 'good' },
  late: { text: 'late', symbol: '✔', tone: 'warn' },
  running: { text: 'running', symbol: '●', tone: 'busy' },
  failed: { text: 'failed', symbol: '✖', tone: 'bad' },
  backfilled: { text: 'backfilled', symbol: '✔', tone: 'good' },
  triggered: { text: 'triggered', symbol: '✔', tone: 'good' },
  skippedByOverlap: { text: 'skipped by overlap', symbol: '↷', tone: 'warn' },
  skippedDate: { text: 'skipped date', symbol: '↷', tone: 'faint' },
  paused: { text: 'paused', symbol: '◷', tone: 'warn' },
  missedCatchup: { text: 'missed catchup', symbol: '✖', tone: 'bad' },
  notStarted: { text: 'not started', symbol: '✖', tone: 'bad' },
  buffered: { text: 'buffered', symbol: '◷', tone: 'busy' },
  toCome: { text: 'still to come', symbol: '○', tone: 'faint' },
  beforeCreation: { text: 'before creation', symbol: '○', tone: 'faint' },
  unknown: { text: 'unknown', symbol: '?', tone: 'bad' },
};

/**
 * Slots on the clocks of the schedule's timezone, what became of each, and the summary.
 * @param withEvidence every sentence below its slot, instead of the first one beside it
 */
export function slotLines(slots: readonly SlotView[], timezone: string, withEvidence: boolean, cli: Cli): string[] {
  if (slots.length === 0) return ['No slots in this window.'];
  const { out } = cli;
  const header = ['DAY', timezone, 'OFFSET', 'STATUS', 'LATE', withEvidence ? 'RUN' : 'RUN OR REASON'];
  const rows = slots.map((slot) => row(slot, timezone, withEvidence, cli));
  const table = formatTable(header, rows, out.paint, out.isInteractive ? out.columns : undefined);
  const [head = '', ...lines] = table;
  const body = withEvidence ? lines.flatMap((line, index) => [line, ...evidenceLines(slots[index], cli)]) : lines;
  return [head, ...body, '', summaryLine(slots, cli)];
}

function row(slot: SlotView, timezone: string, withEvidence: boolean, { out }: Cli): Cell[] {
  const { weekday, date, time, offset } = localTime(Date.parse(slot.scheduledTime), timezone);
  const { text, symbol, tone } = looks[slot.status];
  const late = slot.lateBySeconds === undefined ? '' : `+${formatSpan(slot.lateBySeconds * 1000)}`;
  const run = slot.runs.at(-1);
  const reason = withEvidence ? '' : (slot.evidence[0] ?? '');
  return [
    weekday,
    `${date} ${time}`,
    offset,
    { text: out.isInteractive ? `${symbol} ${text}` : text, tone },
    { text: late, tone: 'warn' },
    run === undefined ? { text: reason, tone: 'faint' } : `${run.workflowId}${runEnd(run.status)}`,
  ];
}

/** An end other than the one that is wanted is worth a word. */
function runEnd(status: SlotView['runs'][number]['status']): string {
  return status === null || status === 'completed' ? '' : ` (${status})`;
}

function evidenceLines(slot: SlotView | undefined, { out }: Cli): string[] {
  return (slot?.evidence ?? []).map((sentence) => out.paint('faint', `     ${oneLine(sentence)}`));
}

/** `of 24 slots: 20 ran, 2 late, 1 skipped by overlap, 1 paused`. */
export function summaryLine(slots: readonly SlotView[], { out }: Cli): string {
  const parts = Object.entries(looks).flatMap(([status, { text, tone }]) => {
    const number = slots.filter((slot) => slot.status === status).length;
    return number === 0 ? [] : [out.paint(tone, `${number} ${text}`)];
  });
  return `of ${count(slots.length, 'slot')}: ${parts.join(', ')}`;
}
