import { formatDuration } from '../../domain/duration.js';
import { AlmanacError, toProblem } from '../../domain/errors.js';
import type { AppliedChange, ApplyView, PlanView } from '../../domain/plan/plan.js';
import { summarise } from '../../domain/plan/plan-changes.js';
import type { ApplyHooks, PlanRequest } from './backend.js';
import { chunksOf, mergeApplied, mergePlans, orphansOf } from './plan-chunks.js';

/** Sends a body to a path and gives back the answer, parsed. */
export interface PlanCalls {
  plan(body: unknown): Promise<PlanView>;
  apply(body: unknown): Promise<ApplyView>;
}

/** A plan reads one list and describes little; an apply writes and reads back, on a small server some 20 a second. */
const plannedAtOnce = 2_000;
const appliedAtOnce = 50;

export async function planOverHttp(calls: PlanCalls, request: PlanRequest): Promise<PlanView> {
  const [first, ...rest] = chunksOf(request, plannedAtOnce);
  if (first === undefined || rest.length === 0) return calls.plan(bodyOf(request));
  const views: [PlanView, ...PlanView[]] = [await calls.plan(bodyOf(first))];
  for (const chunk of rest) views.push(await calls.plan(bodyOf(chunk)));
  const orphans = orphansOf(views);
  const doomed = orphans.filter((id) => isPruned(id, request.prune));
  if (doomed.length > 0) views.push(await calls.plan(bodyOf({ ...request, definitions: [], prune: doomed })));
  return mergePlans(
    views,
    orphans.filter((id) => !doomed.includes(id)),
  );
}

function isPruned(id: string, prune: PlanRequest['prune']): boolean {
  return typeof prune === 'boolean' ? prune : prune.includes(id);
}

/**
 * Applies in parts, so that progress shows and an interrupt ends it between two of them. A part that fails as a whole, as when
 * the server goes away, fails each of its changes: what was applied before is not lost from the answer.
 */
export async function applyOverHttp(
  calls: PlanCalls,
  request: PlanRequest,
  planned: PlanView,
  { onChange, signal }: ApplyHooks,
): Promise<ApplyView> {
  const { prune } = request;
  const parts = chunksOf({ ...request, prune: false }, appliedAtOnce);
  if (prune === true || (prune !== false && prune.length > 0)) parts.push({ ...request, definitions: [], prune });
  const total = planned.changes.filter(({ action }) => action !== 'no-op').length;
  const views: ApplyView[] = [];
  let done = 0;
  for (const part of parts) {
    const view = signal.aborted
      ? failedPart(part, planned, new AlmanacError('failed', 'interrupted before it began'))
      : await calls.apply(bodyOf(part)).catch((error: unknown) => {
          if (!(error instanceof AlmanacError) || views.length === 0) throw error;
          return failedPart(part, planned, error);
        });
    for (const change of view.changes.filter(({ action, error }) => action !== 'no-op' || error !== undefined)) {
      done += 1;
      onChange(change, { done, total: Math.max(total, done) });
    }
    views.push(view);
  }
  const [first, ...rest] = views;
  if (first === undefined) throw new AlmanacError('internal', 'an apply of no parts');
  return mergeApplied([first, ...rest]);
}

/** The changes of a part that was not sent, or not answered. */
function failedPart({ definitions, prune }: PlanRequest, plan: PlanView, error: AlmanacError): ApplyView {
  const ids = new Set(definitions.map(({ id }) => id as string));
  const isInPart = ({ id, action }: AppliedChange) => (action === 'delete' ? isPruned(id, prune) : ids.has(id));
  const changes = plan.changes
    .filter(isInPart)
    .map(
      (change): AppliedChange =>
        change.action === 'no-op' ? { ...change, result: 'unchanged' } : { ...change, error: toProblem(error) },
    );
  const summary = { ...summarise(changes), failed: changes.filter((change) => change.error !== undefined).length };
  return { owner: plan.owner, horizon: plan.horizon, summary, changes };
}

function bodyOf({ horizonMs, ...request }: PlanRequest): unknown {
  return { ...request, horizon: formatDuration(horizonMs) };
}
