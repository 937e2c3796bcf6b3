import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import { definitionDigest } from './definition-digest.js';
import { checkPreconditions, findLive, type LiveSchedule, type Preconditions } from './live-schedule.js';
import { createSchedule, replaceSchedule, type WriteContext } from './write-schedule.js';

export interface PutResult {
  action: 'create' | 'update' | 'no-op';
  live: LiveSchedule;
}

export interface PutOptions extends Preconditions {
  /** Becomes the owner; left out, the owner stays who it is. */
  owner?: string;
}

/** How often a put without If-Match starts again when others change the schedule at the same time. */
const attempts = 4;

/** Creates or replaces. The same definition and owner again changes nothing, so a pause or a backfill is not disturbed. */
export async function putSchedule(
  context: WriteContext,
  definition: ScheduleDefinition,
  options: PutOptions = {},
): Promise<PutResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putOnce(context, definition, options);
    } catch (error) {
      const raced =
        error instanceof AlmanacError && (error.code === 'precondition-failed' || error.code === 'already-exists');
      const conditional = options.ifMatch !== undefined || options.ifNoneMatch !== undefined;
      if (!raced || conditional || attempt === attempts) throw error;
    }
  }
}

async function putOnce(context: WriteContext, definition: ScheduleDefinition, options: PutOptions): Promise<PutResult> {
  const live = await findLive(context.client, definition.id);
  checkPreconditions(definition.id, live, options);
  const owner = options.owner ?? live?.owner ?? context.owner;
  if (live === undefined) {
    return { action: 'create', live: await createSchedule({ ...context, owner }, definition) };
  }
  if (live.digest === definitionDigest(definition) && live.owner === owner) return { action: 'no-op', live };
  return { action: 'update', live: await replaceSchedule({ ...context, owner }, live, definition) };
}
