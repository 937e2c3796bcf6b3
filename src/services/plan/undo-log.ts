import { randomUUID } from 'node:crypto';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import { carryState, pausedIn, type ScheduleState } from '../../domain/plan/carry-state.js';
import { definitionDigest } from '../schedules/definition-digest.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { stateToProto } from '../schedules/schedule-proto.js';
import { readBack } from '../schedules/write-schedule.js';
import { callTemporal } from '../temporal-call.js';
import { mapAtMost } from './at-most.js';
import { find, type ReadContext } from './read-plan.js';

/** `left`: somebody else changed it since, or it was never written. */
export type UndoOutcome = 'deleted' | 'restored' | 'left';

export interface Undone {
  id: string;
  outcome?: UndoOutcome;
  error?: AlmanacError;
}

/** What an apply found before each of its writes, so that all of it can be put back. */
export interface UndoLog {
  /** For `beforeWrite` of an apply, and of those that try again after it: what the first found counts. */
  readonly keep: (id: string, live: LiveSchedule | undefined) => void;
  /** Puts back what was there. May be called again for what failed. */
  undo(context: ReadContext, wanted: readonly ScheduleDefinition[]): Promise<Undone[]>;
}

const undoneAtOnce = 10;
const writeDeadlineMs = 20_000;

export function createUndoLog(startedAt: number): UndoLog {
  const found = new Map<string, LiveSchedule | undefined>();
  return {
    keep(id, live) {
      // A creation that was refused because the schedule is there after all is followed by an update, which knows it.
      if (found.get(id) === undefined) found.set(id, live);
    },
    undo(context, wanted) {
      const byId = new Map(wanted.map((definition) => [definition.id as string, definition]));
      return mapAtMost(undoneAtOnce, [...found], async ([id, before]): Promise<Undone> => {
        try {
          const definition = byId.get(id);
          const outcome =
            before === undefined
              ? await removeCreated(context, id, definition, startedAt)
              : await putBack(context, before, definition);
          return { id, outcome };
        } catch (error) {
          if (!(error instanceof AlmanacError)) throw error;
          return { id, error };
        }
      });
    },
  };
}

/** Only what this apply made: of that owner, as it was wanted, and not older than the apply. */
async function removeCreated(
  context: ReadContext,
  id: string,
  wanted: ScheduleDefinition | undefined,
  startedAt: number,
): Promise<UndoOutcome> {
  const { client, owner } = context;
  const now = await find(client, id);
  const isOurs = now?.owner === owner && wanted !== undefined && now.digest === definitionDigest(wanted);
  if (now === undefined || !isOurs || (optionalTsToMs(now.raw.info?.createTime) ?? 0) < startedAt - clockSkewMs) {
    return 'left';
  }
  await write(context, id, () => client.workflowService.deleteSchedule({ ...common(context), scheduleId: id }));
  return 'deleted';
}

/** The clocks of the server and of this process may differ by so much. */
const clockSkewMs = 1_000;

async function putBack(
  context: ReadContext,
  before: LiveSchedule,
  wanted: ScheduleDefinition | undefined,
): Promise<UndoOutcome> {
  const { client, owner } = context;
  const { id } = before;
  const now = await find(client, id);
  if (now === undefined) {
    // Deleted by this apply, which wanted it gone; by whom else it was deleted is not for us to undo.
    if (wanted !== undefined) return 'left';
    await write(context, id, () =>
      client.workflowService.createSchedule({
        ...common(context),
        scheduleId: id,
        requestId: randomUUID(),
        schedule: before.raw.schedule ?? null,
        memo: before.raw.memo ?? null,
        searchAttributes: before.raw.searchAttributes ?? null,
      }),
    );
    return 'restored';
  }
  const isOurs = wanted !== undefined && now.owner === owner && now.digest === definitionDigest(wanted);
  if (!isOurs || now.etag === before.etag) return 'left';
  const state = stateAfterUndo(now.state, before, wanted);
  const schedule: temporal.api.schedule.v1.ISchedule = { ...before.raw.schedule, state: stateToProto(state) };
  await write(context, id, async () => {
    await client.workflowService.updateSchedule({
      ...common(context),
      scheduleId: id,
      requestId: randomUUID(),
      conflictToken: now.raw.conflictToken ?? null,
      schedule,
      searchAttributes: before.raw.searchAttributes ?? null,
    });
    await readBack(client, now, (read) => read.digest === before.digest && read.owner === before.owner, true);
  });
  return 'restored';
}

/** As it was before, but for what somebody paused or unpaused meanwhile: then by the rule that every apply follows. */
function stateAfterUndo(now: ScheduleState, before: LiveSchedule, wanted: ScheduleDefinition): ScheduleState {
  const written = carryState(before.state, pausedIn(before.applied), wanted.paused ?? false);
  const isAsWritten = now.paused === written.paused && now.note === written.note;
  // Of a limited number of runs, those that were started meanwhile stay used up.
  const { remainingActions } = now;
  if (isAsWritten) return { ...before.state, ...(remainingActions === undefined ? {} : { remainingActions }) };
  return carryState(now, wanted.paused ?? false, pausedIn(before.applied) ?? now.paused);
}

function common({ client }: ReadContext) {
  return { namespace: client.options.namespace, identity: client.options.identity };
}

function write<T>({ client }: ReadContext, id: string, call: () => Promise<T>): Promise<T> {
  return callTemporal(client, call, { subject: `schedule ${id}`, deadlineMs: writeDeadlineMs });
}
