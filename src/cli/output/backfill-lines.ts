import type { CostView } from '../../domain/backfill/cost.js';
import type { BackfillPlanView, BackfillView, SlotBeforeView } from '../../domain/backfill/views.js';
import type { Cli } from '../cli.js';
import type { Tone } from './colors.js';
import { formatBar } from './progress.js';
import { runStatusCell } from './status.js';
import { type Cell, formatFields, formatTable } from './table.js';
import type { Terminal } from './terminal.js';
import { count, oneLine, shorten } from './text.js';
import { formatLocal, formatRelative, formatSpan } from './time.js';
import { when } from './when.js';

const beforeTones: Record<SlotBeforeView, Tone> = {
  missing: 'faint',
  succeeded: 'good',
  failed: 'bad',
  running: 'busy',
};

const doneOf = ({ succeeded, failed, skipped }: BackfillView) => succeeded + failed + skipped;

/** `12 of 40 slots (30%): 10 succeeded, 2 failed, 3 running`. */
export function progressText(backfill: BackfillView): string {
  const { total, succeeded, failed, skipped, running } = backfill;
  const done = doneOf(backfill);
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const parts = [
    `${succeeded} succeeded`,
    `${failed} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${running} running`,
  ];
  return `${done} of ${count(total, 'slot')} (${percent}%): ${parts.join(', ')}`;
}

/** Everything about one backfill. */
export function backfillLines(backfill: BackfillView, cli: Cli): string[] {
  const { paint } = cli.out;
  const { paused, yieldingTo, error } = backfill;
  return formatFields(
    [
      ['id', { text: backfill.id, tone: 'strong' }],
      ['schedule', backfill.scheduleId],
      ['status', runStatusCell(backfill.status, cli.out)],
      ['progress', progressText(backfill)],
      ['range', `${backfill.start} to ${backfill.end}, both inclusive`],
      ['runs', `${backfill.only}, ${backfill.order} first, ${backfill.maxConcurrent} at a time`],
      ['started', `${when(cli, backfill.startTime)} by ${backfill.createdBy}`],
      ['ended', backfill.closeTime === null ? undefined : when(cli, backfill.closeTime)],
      ['expected end', backfill.eta === null ? undefined : when(cli, backfill.eta)],
      ['paused', paused === undefined ? undefined : pausedText(paused, cli)],
      ['yields to', yieldingTo?.workflowId],
      ['error', error === undefined ? undefined : { text: error, tone: 'bad' }],
    ],
    paint,
  );
}

function pausedText({ at, by, note }: NonNullable<BackfillView['paused']>, cli: Cli): string {
  return `${when(cli, at)} by ${by}${note === undefined ? '' : `: ${note}`}`;
}

export function backfillTable(items: readonly BackfillView[], cli: Cli): string[] {
  if (items.length === 0 && cli.out.isInteractive) return ['No backfills.'];
  const header = ['STATUS', 'SCHEDULE', 'STARTED', 'DONE', 'TOTAL', 'FAILED', 'EXPECTED END', 'ID'];
  const rows = items.map((item): Cell[] => [
    runStatusCell(item.status, cli.out),
    item.scheduleId,
    when(cli, item.startTime),
    String(doneOf(item)),
    String(item.total),
    { text: String(item.failed), tone: item.failed > 0 ? 'bad' : undefined },
    when(cli, item.eta),
    item.id,
  ]);
  return formatTable(header, rows, cli.out.paint);
}

/** What a dry run shows: a line a slot, then the sum. */
export function planLines(plan: BackfillPlanView, timezone: string, cli: Cli): string[] {
  const { slots, expected, leftOut } = plan;
  const rows = slots.map((slot): Cell[] => [
    cli.out.isInteractive ? formatLocal(Date.parse(slot.scheduledTime), timezone) : slot.scheduledTime,
    { text: slot.before, tone: beforeTones[slot.before] },
    slot.run === undefined ? '-' : `${slot.run.status} ${slot.run.closeTime ?? slot.run.startTime}`,
    slot.workflowId,
  ]);
  const table = formatTable(['SCHEDULED', 'BEFORE', 'LATEST RUN', 'WORKFLOW ID'], rows, cli.out.paint);
  const left = Object.entries(leftOut).filter(([, number]) => number > 0);
  const summary = [
    `${count(plan.total, 'slot')} to run`,
    ...(left.length === 0 ? [] : [`left out: ${left.map(([name, number]) => `${number} ${name}`).join(', ')}`]),
    ...expectedTexts(expected, cli),
  ];
  return [...(rows.length === 0 ? [] : table), `${summary.join('; ')}.`];
}

function expectedTexts({ durationMs, runTimeMs, end, cost }: BackfillPlanView['expected'], cli: Cli): string[] {
  if (durationMs === null || runTimeMs === null || end === null)
    return ['no run has completed yet to judge the time by'];
  return [
    `a run takes about ${formatSpan(durationMs)}, all together ${formatSpan(runTimeMs)}`,
    `begun now it would end ${formatRelative(Date.parse(end), cli.host.now())}`,
    ...(cost === null ? [] : [costText(cost)]),
  ];
}

function costText({ actions, activityMs, money }: CostView): string {
  const amounts = `it costs about ${count(actions, 'action')} of Temporal and ${formatSpan(activityMs)} of activities`;
  if (money === undefined) return amounts;
  return `${amounts}, at your prices ${formatAmount(money.total)} ${money.currency}`;
}

/** Two digits that say something, and no more cents than there are. */
function formatAmount(amount: number): string {
  if (amount === 0) return '0';
  return amount < 0.1 ? String(Number(amount.toPrecision(2))) : amount.toFixed(2);
}

const barWidth = 30;

/** The lines that `--follow` redraws on a terminal. */
export function liveBackfillLines(backfill: BackfillView, terminal: Terminal, now: number, notice?: string): string[] {
  const { paint } = terminal;
  const width = Math.max(20, terminal.columns - 1);
  const { total, eta, status, paused, yieldingTo } = backfill;
  const { text, tone } = runStatusCell(status, terminal);
  const fraction = total === 0 ? 1 : doneOf(backfill) / total;
  const left = eta === null ? '' : `, ${formatSpan(Math.max(0, Date.parse(eta) - now))} left`;
  const remark = paused
    ? `paused by ${paused.by}${paused.note === undefined ? '' : `: ${paused.note}`}`
    : yieldingTo
      ? `waits for the live run ${yieldingTo.workflowId}`
      : undefined;
  const cut = (line: string) => shorten(oneLine(line), width);
  return [
    `${paint(tone, text)}  ${paint('strong', shorten(oneLine(backfill.id), width - text.length - 2))}`,
    `${paint('busy', formatBar(fraction, barWidth))} ${shorten(`${progressText(backfill)}${left}`, width - barWidth - 1)}`,
    ...(remark === undefined ? [] : [paint('warn', cut(remark))]),
    ...(notice === undefined ? [] : [paint('warn', cut(notice))]),
  ];
}
