import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { AppliedChange, PlanView } from '../../domain/plan/plan.js';
import { createPlanService } from '../../services/plan/plan-service.js';
import { createUndoLog, type UndoLog, type Undone } from '../../services/plan/undo-log.js';
import { awaitTemporal, mayPass } from './await-temporal.js';
import type { DeployLog } from './log.js';

export interface DeployContext {
  client: Client;
  /** Task queue of actions that name none. */
  taskQueue: string;
  owner: string;
  log: DeployLog;
  /** When the process is ended, in milliseconds since the epoch. */
  endsAt: number;
}

/** Share of the time that applying may take; the rest is for putting back. */
const shareOfApply = 0.6;
const betweenTriesMs = 3_000;

/**
 * Makes the live schedules of an owner those of the definitions: all of them, or, when one fails, none. Then what was written is put
 * back as it was found, and the error says so.
 *
 * @returns every change with its result; what was unchanged too
 */
export async function deploySet(
  definitions: readonly ScheduleDefinition[],
  context: DeployContext,
): Promise<AppliedChange[]> {
  const { client, taskQueue, owner, log, endsAt } = context;
  const startedAt = Date.now();
  const applyUntil = startedAt + (endsAt - startedAt) * shareOfApply;
  await awaitTemporal(client, owner, applyUntil, log);
  const undoLog = createUndoLog(startedAt);
  const done = new Map<string, AppliedChange>();
  for (;;) {
    const faults = await applyOnce(definitions, context, { undoLog, applyUntil, done });
    if (faults.length === 0) return [...done.values()];
    const isHopeless = !faults.every(mayPass) || Date.now() + betweenTriesMs > applyUntil;
    if (isHopeless) throw await undone(faults, undoLog, definitions, { client, taskQueue, owner }, log, endsAt);
    log.warn({ faults: faults.length }, 'Temporal did not answer everything; what is missing is applied again');
    await sleep(betweenTriesMs);
  }
}

interface Fault {
  code: string;
  message: string;
}

interface Attempt {
  undoLog: UndoLog;
  applyUntil: number;
  /** What changed in this or an earlier attempt, by id. */
  done: Map<string, AppliedChange>;
}

/** @returns what went wrong; the first fault that no repetition mends keeps the rest from being begun */
async function applyOnce(
  definitions: readonly ScheduleDefinition[],
  { client, taskQueue, owner, log }: DeployContext,
  { undoLog, applyUntil, done }: Attempt,
): Promise<Fault[]> {
  const stop = new AbortController();
  const faults: Fault[] = [];
  try {
    const { changes } = await createPlanService({ client, taskQueue, owner }).apply(definitions, {
      prune: true,
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(Math.max(1, Math.ceil(applyUntil - Date.now())))]),
      onPlan: refuseConflicts,
      beforeWrite: undoLog.keep,
      onChange: ({ id, action, result, error }) => {
        if (stop.signal.aborted) return;
        if (error === undefined) return log.info({ schedule: id, result }, 'schedule applied');
        log.error({ schedule: id, action, code: error.code }, `schedule not applied: ${error.detail}`);
        faults.push(faultOf(id, error));
        if (!mayPass(error)) stop.abort();
      },
    });
    for (const change of changes) keepResult(done, change);
    if (stop.signal.aborted) return faults;
    return changes.flatMap(({ id, error }) => (error === undefined ? [] : [faultOf(id, error)]));
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    return [...faults, ...faultsOf(error)];
  }
}

/** What an earlier attempt did is the result, and not that there was nothing left to do. */
function keepResult(done: Map<string, AppliedChange>, change: AppliedChange): void {
  const known = done.get(change.id);
  if (known?.result === undefined || known.result === 'unchanged') done.set(change.id, change);
}

/** @throws AlmanacError with every conflict, before anything is written */
function refuseConflicts({ changes }: PlanView): void {
  const details = changes.flatMap(({ id, conflict }) =>
    conflict === undefined ? [] : [{ path: id, message: conflict }],
  );
  if (details.length > 0) throw new AlmanacError('conflict', 'schedules are not ours to change', { details });
}

function faultOf(id: string, { code, detail, errors }: NonNullable<AppliedChange['error']>): Fault {
  const more = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { code, message: `${id}: ${detail}${more === '' ? '' : ` (${more})`}` };
}

function faultsOf({ code, message, details }: AlmanacError): Fault[] {
  if (details.length === 0) return [{ code, message }];
  return details.map((detail) => ({ code, message: `${detail.path}: ${detail.message}` }));
}

/** Puts everything back, trying again what Temporal does not answer, and makes the error that ends the deploy. */
async function undone(
  faults: readonly Fault[],
  undoLog: UndoLog,
  definitions: readonly ScheduleDefinition[],
  target: { client: Client; taskQueue: string; owner: string },
  log: DeployLog,
  endsAt: number,
): Promise<AlmanacError> {
  for (;;) {
    const results = await undoLog.undo(target, definitions);
    for (const { id, outcome, error } of results) {
      if (error === undefined) log.info({ schedule: id, outcome }, 'schedule put back');
      else log.error({ schedule: id, code: error.code }, `schedule not put back: ${error.message}`);
    }
    const failed = results.filter((one): one is Undone & { error: AlmanacError } => one.error !== undefined);
    const isOver = failed.length === 0 || !failed.some(({ error }) => mayPass(error));
    if (isOver || Date.now() + 2 * betweenTriesMs > endsAt) return deployError(faults, results, failed);
    await sleep(betweenTriesMs);
  }
}

const namedFaults = 5;

function deployError(
  faults: readonly Fault[],
  results: readonly Undone[],
  failed: readonly { id: string; error: AlmanacError }[],
): AlmanacError {
  const more = faults.length > namedFaults ? `; and ${faults.length - namedFaults} more, see the log` : '';
  const what = `${faults
    .slice(0, namedFaults)
    .map(({ message }) => message)
    .join('; ')}${more}`;
  const back = results.filter(({ outcome }) => outcome === 'deleted' || outcome === 'restored').length;
  const state =
    failed.length > 0
      ? `${failed.length} schedules could not be put back as they were: ${failed.slice(0, namedFaults).map(({ id }) => id)}`
      : back === 0
        ? 'nothing was changed'
        : `${back} ${back === 1 ? 'schedule was' : 'schedules were'} put back as before`;
  return new AlmanacError('failed', `the schedules were not deployed: ${what}. State: ${state}`, {
    details: faults.map(({ message }) => ({ path: '', message })),
  });
}
