import { type ErrorCode, errorTable } from '../../../domain/errors.js';
import type { AppliedChange, ApplyView, ChangeProblem } from '../../../domain/plan/plan.js';
import type { Cli } from '../../cli.js';
import type { Tone } from '../colors.js';
import { oneLine } from '../text.js';

const tones: Record<string, Tone> = { created: 'good', updated: 'good', deleted: 'bad', unchanged: 'faint' };

/** `[3/12] nightly-orders updated`, or why it was not. */
export function appliedLine(change: AppliedChange, { done, total }: { done: number; total: number }, cli: Cli): string {
  const { paint } = cli.out;
  const place = paint('faint', `[${String(done).padStart(String(total).length)}/${total}]`);
  const id = oneLine(change.id);
  if (change.error === undefined)
    return `${place} ${id} ${paint(tones[change.result ?? 'unchanged'], change.result ?? '')}`;
  const faults = change.error.errors.map(({ path, message }) => `; ${path} ${message}`.trimEnd()).join('');
  return `${place} ${id} ${paint('bad', 'failed')}: ${oneLine(`${change.error.detail}${faults}`)}`;
}

/** `Applied: 3 created, 1 updated, 0 deleted, 4 unchanged, 1 failed.` */
export function appliedSummary({ changes }: ApplyView): string {
  const countOf = (result: AppliedChange['result']) => changes.filter((change) => change.result === result).length;
  const failed = changes.filter(({ error }) => error !== undefined).length;
  const done = `${countOf('created')} created, ${countOf('updated')} updated, ${countOf('deleted')} deleted`;
  return `Applied: ${done}, ${countOf('unchanged')} unchanged${failed === 0 ? '' : `, ${failed} failed`}.`;
}

/** What tells a script more than that something failed, where it is true of all that failed. */
const tellingCodes = [errorTable.conflict.exit, errorTable.unavailable.exit, errorTable.forbidden.exit] as const;

/** 0 without errors; 5, 6 or 7 when all are conflicts, refusals or a server that does not answer; else 1. */
export function exitCodeOf(errors: readonly Pick<ChangeProblem, 'code'>[]): number {
  if (errors.length === 0) return 0;
  const codes = new Set(errors.map(({ code }) => (isErrorCode(code) ? errorTable[code].exit : 1)));
  return tellingCodes.find((code) => codes.size === 1 && codes.has(code)) ?? 1;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
