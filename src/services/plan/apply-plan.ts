import { AlmanacError, toProblem } from '../../domain/errors.js';
import type { AppliedChange } from '../../domain/plan/plan.js';
import { mapAtMost } from './at-most.js';
import { type CarriedOut, carryOut, type PlannedChange, type WriteOptions } from './carry-out.js';
import type { ReadContext } from './read-plan.js';
import { verifyCreated } from './verify-created.js';

export interface ApplyPlanOptions extends WriteOptions {
  onChange?: ((change: AppliedChange, progress: { done: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Writes under way at once: enough to keep a server busy, few enough to stay under a namespace's rate limits. */
const writesAtOnce = 10;

/** Carries out planned changes, deletions last; each gets its result or its error, in the order in which they came. */
export async function applyPlan(
  context: ReadContext,
  planned: readonly PlannedChange[],
  options: ApplyPlanOptions,
): Promise<AppliedChange[]> {
  const total = planned.filter(({ change }) => change.action !== 'no-op').length;
  const guard = outageGuard();
  let done = 0;
  const runOne = async (one: PlannedChange): Promise<AppliedChange> => {
    const applied = await attempt(one, async () => {
      if (one.change.action === 'no-op') return { change: one.change, result: 'unchanged' };
      guard.check(one.change.id, options.signal);
      return guard.watch(() => carryOut(context, one, options));
    });
    if (one.change.action !== 'no-op') {
      done += 1;
      options.onChange?.(applied, { done, total });
    }
    return applied;
  };
  const isDeletion = ({ change }: PlannedChange) => change.action === 'delete';
  const writes = await mapAtMost(
    writesAtOnce,
    planned.filter((one) => !isDeletion(one)),
    runOne,
  );
  const deletions = await mapAtMost(writesAtOnce, planned.filter(isDeletion), runOne);
  const byId = new Map([...writes, ...deletions].map((change) => [change.id, change]));
  for (const [id, error] of await verifyCreated(context, createdDigests(planned, byId))) {
    const change = byId.get(id);
    if (change !== undefined) byId.set(id, withError(change, error));
  }
  return planned.flatMap(({ change }) => byId.get(change.id) ?? []);
}

function createdDigests(planned: readonly PlannedChange[], applied: ReadonlyMap<string, AppliedChange>) {
  const created = planned.filter(({ change }) => applied.get(change.id)?.result === 'created');
  return new Map(created.map(({ change, digest }) => [change.id, digest]));
}

async function attempt(planned: PlannedChange, act: () => Promise<CarriedOut>): Promise<AppliedChange> {
  try {
    const { change, result } = await act();
    return { ...change, result };
  } catch (error) {
    return withError(planned.change, error);
  }
}

function withError({ result: _, ...change }: AppliedChange, error: unknown): AppliedChange {
  if (!(error instanceof AlmanacError)) throw error;
  return { ...change, error: toProblem(error) };
}

function whyStopped({ reason }: AbortSignal): string {
  const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
  return isLate ? 'the time of this call is over; apply again, what is done stays done' : 'the apply was stopped';
}

/** So many calls in a row that Temporal did not answer mean that the rest would wait in vain, each for its deadline. */
const unansweredInARow = writesAtOnce;

function outageGuard() {
  let unanswered = 0;
  return {
    /** @throws AlmanacError when there is no sense in beginning another change */
    check(id: string, signal: AbortSignal | undefined) {
      if (signal?.aborted) throw new AlmanacError('failed', `schedule ${id} was not begun: ${whyStopped(signal)}`);
      if (unanswered < unansweredInARow) return;
      throw new AlmanacError(
        'unavailable',
        `schedule ${id} was not begun: Temporal does not answer; apply again later`,
        {
          retryAfter: 5,
        },
      );
    },
    async watch<T>(act: () => Promise<T>): Promise<T> {
      try {
        const value = await act();
        unanswered = 0;
        return value;
      } catch (error) {
        unanswered = error instanceof AlmanacError && error.code === 'unavailable' ? unanswered + 1 : 0;
        throw error;
      }
    },
  };
}
