import type { StepView } from '../../domain/views.js';
import { formatSpan } from './time.js';

type Progress = NonNullable<StepView['progress']>;

/** What can be said of a step's progress at one moment. */
export interface ProgressFacts {
  /** 0 to 1; absent when the total is unknown. */
  fraction?: number;
  /** Units a second. */
  rate?: number;
  /** Milliseconds to the end. */
  etaMs?: number;
}

/** The worker's own rate counts; without one it is the mean since the step started. */
export function progressFacts(progress: Progress, startedAt: number | undefined, now: number): ProgressFacts {
  const elapsed = startedAt === undefined ? 0 : (now - startedAt) / 1000;
  const { total, done } = progress;
  const mean = elapsed >= 1 ? done / elapsed : undefined;
  // Before anything is done a rate of 0 says nothing.
  const rate = done === 0 ? undefined : (progress.rate ?? mean);
  if (total === undefined || total <= 0) return rate === undefined ? {} : { rate };
  const fraction = Math.min(1, Math.max(0, done / total));
  if (rate === undefined) return { fraction };
  const isMoving = rate > 0 && fraction < 1;
  return { fraction, rate, ...(isMoving ? { etaMs: ((total - done) / rate) * 1000 } : {}) };
}

/** `████████░░░░` of `width` characters; eighths of a block make small steps visible. */
export function formatBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const part = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  const head = '█'.repeat(full) + (eighths % 8 === 0 ? '' : part);
  return head.padEnd(width, '░');
}

/** `12.3 of 60.0 MB (20%), 3.1 MB/s, 15s left, 3 of 12 objects`; the message of the worker last. */
export function formatProgress(progress: Progress, facts: ProgressFacts): string {
  const { unit } = progress;
  const done =
    progress.total === undefined
      ? formatAmount(progress.done, unit)
      : `${formatAmount(progress.done, unit, progress.total)} of ${formatAmount(progress.total, unit)}`;
  const percent = facts.fraction === undefined ? '' : ` (${Math.floor(facts.fraction * 100)}%)`;
  const rate = facts.rate === undefined ? undefined : `${formatAmount(facts.rate, unit)}/s`;
  const eta = facts.etaMs === undefined ? undefined : `${formatSpan(facts.etaMs)} left`;
  return [`${done}${percent}`, rate, eta, formatObjects(progress.objects), progress.message]
    .filter((part) => part !== undefined)
    .join(', ');
}

function formatObjects(objects: Progress['objects']): string | undefined {
  if (objects === undefined) return undefined;
  const { done, total } = objects;
  return total === undefined
    ? formatAmount(done, 'objects')
    : `${formatAmount(done, 'objects', total)} of ${formatAmount(total, 'objects')}`;
}

const byteUnits = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `12.3 MB` for bytes, `60,000 lines` for the rest; the unit is left out when a total with the same unit follows. */
export function formatAmount(amount: number, unit: string, followedBy?: number): string {
  if (unit !== 'bytes') {
    const number = amount.toLocaleString('en', { maximumFractionDigits: amount < 10 ? 1 : 0 });
    return followedBy === undefined ? `${number} ${unit}` : number;
  }
  const power = powerOf(amount);
  const text = `${(amount / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${byteUnits[power]}`;
  return followedBy !== undefined && powerOf(followedBy) === power ? text.slice(0, text.indexOf(' ')) : text;
}

function powerOf(bytes: number): number {
  let power = 0;
  while (power < byteUnits.length - 1 && bytes >= 1000 ** (power + 1)) power += 1;
  return power;
}
