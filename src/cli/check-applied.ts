import { AlmanacError, toProblem } from '../domain/errors.js';
import type { AppliedChange, ApplyView, PlanView } from '../domain/plan/plan.js';

/**
 * What an apply did, held against a plan that was made once it was over. Two applies at once may each have written a part of its set
 * and met the other nowhere: whichever of them looks last sees that what is there is not its own, and says so.
 *
 * @param later a plan of the same definitions for the same owner, with prune of what this apply deleted: a plan looks at each schedule that
 * seems to differ, where a list may be behind
 * @returns the changes that did not last have a conflict in place of their result
 */
export function checkApplied(applied: ApplyView, later: PlanView): ApplyView {
  const otherwise = new Set(later.changes.filter(({ action }) => action !== 'no-op').map(({ id }) => id));
  const changes = applied.changes.map((change): AppliedChange => {
    const { result, ...rest } = change;
    const isLost = result !== undefined && otherwise.has(change.id);
    return isLost ? { ...rest, error: toProblem(overtaken(change.id, result === 'deleted')) } : change;
  });
  const failed = changes.filter(({ error }) => error !== undefined).length;
  return { ...applied, summary: { ...applied.summary, failed }, changes };
}

function overtaken(id: string, isDeletion: boolean): AlmanacError {
  const what = isDeletion ? 'was created again' : 'was changed otherwise';
  return new AlmanacError(
    'conflict',
    `schedule ${id} ${what} by somebody else while this was applied: plan again to see how it is now`,
  );
}
