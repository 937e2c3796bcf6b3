import {
  ActivityCancellationType,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackfillActivities, EndedRun } from '../domain/backfill/activities.js';
import type { BackfillProgress, RunReference } from '../domain/backfill/progress.js';
import {
  type BackfillInput,
  type BackfillResult,
  backfillSignals,
  type ControlRequest,
} from '../domain/backfill/workflow.js';
import { memoKeys, stateQuery } from '../domain/temporal-names.js';
import { Ledger } from './backfill/ledger.js';

export const pauseSignal = defineSignal<[ControlRequest]>(backfillSignals.pause);
export const resumeSignal = defineSignal<[ControlRequest]>(backfillSignals.resume);
export const cancelRunsSignal = defineSignal<[ControlRequest]>(backfillSignals.cancelRuns);
export const progressQuery = defineQuery<BackfillProgress>(stateQuery);

const retry = { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 };

/** Short calls to Temporal: as a local activity a start costs one event and no detour over the task queue. */
const { 'backfill.start': start, 'backfill.cancelRuns': cancelRuns } = proxyLocalActivities<
  Pick<BackfillActivities, 'backfill.start' | 'backfill.cancelRuns'>
>({ startToCloseTimeout: '30s', retry });

const { 'backfill.wait': wait } = proxyActivities<Pick<BackfillActivities, 'backfill.wait'>>({
  startToCloseTimeout: '1h',
  heartbeatTimeout: '10s',
  retry,
  // Whoever stops waiting needs no answer.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

/** How long cancelled runs are watched while they clean up; later they end unseen. */
const cleanUpMs = 60_000;

/**
 * Runs a frozen list of slots of a schedule, `maxConcurrent` at a time. The runs are not its children: they are what the schedule
 * itself would have started, and outlive the backfill. Temporal's cancellation ends it: no new slot starts, open runs go on unless
 * the signal `cancelRuns` came before.
 *
 * @throws ApplicationFailure when slots can't be started at all, as when the schedule was deleted
 */
export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const ledger = new Ledger(input);
  const control = listen(ledger);
  publish(ledger);
  try {
    while (!ledger.isDone) {
      // One that came while slots were started, and that a continue-as-new would lose.
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the backfill was cancelled');
      if (isLong(input)) await goOnAsNew(ledger);
      const { due } = ledger;
      if (due.length > 0) {
        const since = Date.now();
        const slots = {
          scheduleId: input.scheduleId,
          backfillId: workflowInfo().workflowId,
          only: input.only,
          slots: due,
        };
        const request = input.input === undefined ? slots : { ...slots, input: input.input };
        // Not cut short: what was started must be known.
        ledger.recordStart(await CancellationScope.nonCancellable(() => start(request)), since);
      } else {
        await nextChange(ledger, control);
      }
      publish(ledger);
    }
    return ledger.result;
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) {
      await CancellationScope.nonCancellable(() => wind(ledger, control));
    }
    throw error;
  }
}

/** What came in by signals since it was last looked at. */
interface Control {
  changed: boolean;
  cancelRuns: ControlRequest | undefined;
}

function listen(ledger: Ledger): Control {
  const control: Control = { changed: false, cancelRuns: undefined };
  setHandler(progressQuery, () => ledger.progress(Date.now()));
  setHandler(pauseSignal, (request) => {
    ledger.pause({ at: new Date().toISOString(), ...request });
    control.changed = true;
  });
  setHandler(resumeSignal, () => {
    ledger.resume();
    control.changed = true;
  });
  setHandler(cancelRunsSignal, (request) => {
    control.cancelRuns = request;
  });
  return control;
}

/** Resolves when a watched run has ended or somebody paused or resumed. */
async function nextChange(ledger: Ledger, control: Control): Promise<void> {
  control.changed = false;
  const changed = () => condition(() => control.changed);
  if (ledger.watched.length === 0) return changed();
  const ended = await endsOrElse(ledger.watched, changed);
  if (ended !== undefined) ledger.recordEnds(ended, Date.now());
}

/** The next ends among the runs, or nothing when something else came first. What is not needed any more is given up. */
async function endsOrElse(runs: RunReference[], other: () => Promise<void>): Promise<EndedRun[] | undefined> {
  const scope = new CancellationScope();
  try {
    return await scope.run(() => Promise.race([wait(runs), other().then(() => undefined)]));
  } finally {
    scope.cancel();
  }
}

/** The end of a cancelled backfill: cancels the open runs where that was asked for, and leaves true counts behind. */
async function wind(ledger: Ledger, { cancelRuns: asked }: Control): Promise<void> {
  ledger.resume();
  if (asked !== undefined && ledger.openRuns.length > 0) {
    await cancelRuns(ledger.openRuns, reasonOf(asked));
    const end = Date.now() + cleanUpMs;
    while (ledger.openRuns.length > 0 && Date.now() < end) {
      const ended = await endsOrElse(ledger.openRuns, () => sleep(Math.max(1, end - Date.now())));
      if (ended === undefined) break;
      ledger.recordEnds(ended, Date.now());
      publish(ledger);
    }
  }
  publish(ledger);
}

function reasonOf({ by, note }: ControlRequest): string {
  return `backfill ${workflowInfo().workflowId} was cancelled by ${by}${note === undefined ? '' : `: ${note}`}`;
}

function publish(ledger: Ledger): void {
  const progress = ledger.progress(Date.now());
  upsertMemo({ [memoKeys.backfillProgress]: progress });
  const { running, succeeded, failed, skipped, eta, paused, yieldingTo } = progress;
  const state = paused ? `paused by ${paused.by}` : yieldingTo ? `yields to ${yieldingTo.workflowId}` : 'running';
  setCurrentDetails(
    `${state}: ${running} open, ${succeeded} succeeded, ${failed} failed, ${skipped} skipped; expected end ${eta ?? 'unknown'}`,
  );
}

/** The memo goes along as it stands now; by itself the server would take that of the first start. */
function goOnAsNew(ledger: Ledger): Promise<never> {
  const { memo = {} } = workflowInfo();
  return makeContinueAsNewFunc<typeof backfill>({ memo })(ledger.carry());
}

function isLong({ eventsPerRun }: BackfillInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (eventsPerRun ?? Number.POSITIVE_INFINITY);
}
