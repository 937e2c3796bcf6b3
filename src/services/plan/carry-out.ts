import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { ApplyOutcome, PlanChange } from '../../domain/plan/plan.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { replaceSchedule, sendCreate } from '../schedules/write-schedule.js';
import { callTemporal } from '../temporal-call.js';
import { find, type ReadContext } from './read-plan.js';

export interface WriteOptions {
  /** When this apply began, in milliseconds: what was made later was made by somebody else. */
  startedAt: number;
  /** A plan for one definition and the schedule that is there after all. */
  replan: (definition: ScheduleDefinition, live: LiveSchedule) => Promise<PlanChange>;
  /** Told of a schedule as it is, just before it is written; undefined for one that is created. */
  beforeWrite?: ((id: string, live: LiveSchedule | undefined) => void) | undefined;
}

/** A planned change with what it takes to do it. */
export interface PlannedChange {
  change: PlanChange;
  /** Absent for a deletion. */
  definition?: ScheduleDefinition;
  /** Of the definition; empty for a deletion. */
  digest: string;
  /** As it was when the plan was made; absent for what is to be created and for what does not change. */
  live?: LiveSchedule;
}

export interface CarriedOut {
  change: PlanChange;
  result: ApplyOutcome;
}

const writeDeadlineMs = 20_000;
/** How often an update starts again because somebody paused or unpaused at the same time. */
const attempts = 4;

/**
 * Does one change, and reads back that it was done; what was created is to be read back by the caller.
 * @throws AlmanacError `conflict` when somebody else changed the schedule since the plan was made, and what the server refuses
 */
export async function carryOut(
  context: ReadContext,
  planned: PlannedChange,
  options: WriteOptions,
): Promise<CarriedOut> {
  const { change, definition, live } = planned;
  if (change.conflict !== undefined) throw new AlmanacError('conflict', change.conflict);
  if (change.action === 'no-op') return { change, result: 'unchanged' };
  if (change.action === 'delete') return { change, result: await remove(context, change.id, live, options) };
  if (definition === undefined) throw new AlmanacError('internal', `no definition of schedule ${change.id}`);
  if (change.action === 'create') return create(context, { ...planned, definition }, options);
  if (live === undefined) throw new AlmanacError('internal', `schedule ${change.id} was not read before its update`);
  return { change, result: await update(context, { ...planned, definition, live }, options) };
}

type Writing = PlannedChange & { definition: ScheduleDefinition };

async function create(context: ReadContext, planned: Writing, options: WriteOptions): Promise<CarriedOut> {
  const { change, definition, digest } = planned;
  try {
    options.beforeWrite?.(definition.id, undefined);
    await write(context, definition.id, () => sendCreate(context, definition));
    return { change, result: 'created' };
  } catch (error) {
    if (!(error instanceof AlmanacError && error.code === 'already-exists')) throw error;
  }
  // The list did not have it: it is somebody else's, or so new that the list is not there yet.
  const live = await find(context.client, definition.id);
  if (live === undefined) throw changedMeanwhile(definition.id, 'was deleted');
  const isSame = live.owner === context.owner && live.digest === digest;
  const createdAt = optionalTsToMs(live.raw.info?.createTime) ?? 0;
  if (!isSame && createdAt >= options.startedAt) throw changedMeanwhile(definition.id, 'was created otherwise');
  return carryOut(context, { ...planned, change: await options.replan(definition, live), live }, options);
}

/**
 * Writes on the state that was planned for. A pause meanwhile is taken in and the write repeated; another definition or owner
 * meanwhile is a conflict; the wanted state, however it came about, is what was asked for.
 */
async function update(
  context: ReadContext,
  { definition, digest, live: planned }: Writing & { live: LiveSchedule },
  { beforeWrite }: WriteOptions,
): Promise<ApplyOutcome> {
  const { client, owner } = context;
  const { id } = definition;
  let live = planned;
  for (let attempt = 1; ; attempt += 1) {
    try {
      beforeWrite?.(id, live);
      await write(context, id, () => replaceSchedule(context, live, definition));
      return 'updated';
    } catch (error) {
      if (!(error instanceof AlmanacError && (error.code === 'precondition-failed' || error.code === 'not-found'))) {
        throw error;
      }
      const now = await find(client, id);
      if (now === undefined) throw changedMeanwhile(id, 'was deleted', error);
      if (now.owner === owner && now.digest === digest && planned.digest !== digest) return 'updated';
      const isAsPlanned = now.digest === planned.digest && now.owner === planned.owner;
      if (!isAsPlanned || attempt === attempts) throw changedMeanwhile(id, 'was changed otherwise', error);
      live = now;
    }
  }
}

async function remove(
  context: ReadContext,
  id: string,
  planned: LiveSchedule | undefined,
  { beforeWrite }: WriteOptions,
): Promise<ApplyOutcome> {
  const { client, owner } = context;
  const live = await find(client, id);
  if (live === undefined) return 'unchanged';
  if (live.owner !== owner || live.digest !== planned?.digest) throw changedMeanwhile(id, 'was changed');
  beforeWrite?.(id, live);
  await write(context, id, () =>
    client.workflowService.deleteSchedule({
      namespace: client.options.namespace,
      identity: client.options.identity,
      scheduleId: id,
    }),
  );
  if ((await find(client, id)) !== undefined) throw changedMeanwhile(id, 'was created again');
  return 'deleted';
}

function write<T>({ client }: ReadContext, id: string, call: () => Promise<T>): Promise<T> {
  return callTemporal(client, call, { subject: `schedule ${id}`, deadlineMs: writeDeadlineMs });
}

export function changedMeanwhile(id: string, what: string, cause?: unknown): AlmanacError {
  return new AlmanacError(
    'conflict',
    `schedule ${id} ${what} by somebody else since the plan was made: plan again to see how it is now`,
    { cause },
  );
}
