import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import { carryState, pausedIn } from '../../domain/plan/carry-state.js';
import { searchAttributes as ourSearchAttributes } from '../../domain/temporal-names.js';
import { payloadsOf } from '../payloads.js';
import { isAlreadyExists, temporalError } from '../temporal-call.js';
import { definitionDigest } from './definition-digest.js';
import { pausedAttribute, withInitialPause } from './initial-pause.js';
import { describeLive, findLive, type LiveSchedule } from './live-schedule.js';
import { scheduleSearchAttributes, scheduleToProto } from './schedule-proto.js';

export interface WriteContext {
  client: Client;
  taskQueue: string;
  owner: string;
}

/** @throws AlmanacError already-exists */
export async function createSchedule(context: WriteContext, definition: ScheduleDefinition): Promise<LiveSchedule> {
  await sendCreate(context, definition);
  return describeLive(context.client, definition.id);
}

/**
 * The one call that creates. The server stores spec, action and search attributes at once or not at all; the call may be made
 * again with the same request id.
 * @throws AlmanacError already-exists
 */
export async function sendCreate(
  { client, owner, taskQueue }: WriteContext,
  definition: ScheduleDefinition,
  requestId: string = randomUUID(),
): Promise<void> {
  const paused = definition.paused ?? false;
  const state = { paused, note: paused ? 'Created paused' : '' };
  const schedule = await scheduleToProto(definition, { payloads: payloadsOf(client), owner, taskQueue, state });
  const fields = scheduleSearchAttributes(definition, owner);
  try {
    await withInitialPause(client, paused, (initial) =>
      client.workflowService.createSchedule({
        namespace: client.options.namespace,
        identity: client.options.identity,
        requestId,
        scheduleId: definition.id,
        schedule,
        searchAttributes: { indexedFields: { ...fields, ...initial } },
      }),
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw temporalError(error, `schedule ${definition.id}`);
    throw new AlmanacError(
      'already-exists',
      `schedule ${definition.id} exists already: replace it with PUT /v1/schedules/${definition.id}`,
      { cause: error, details: [{ path: 'id', message: 'in use by another schedule', value: definition.id }] },
    );
  }
}

/**
 * Replaces everything but the live pause, and reads back that it was this write that won: the server takes updates as
 * signals, answers before it applies them, and drops one whose conflict token is old without a word.
 * @throws AlmanacError precondition-failed when somebody else changed the schedule first
 */
export async function replaceSchedule(
  context: WriteContext,
  live: LiveSchedule,
  definition: ScheduleDefinition,
): Promise<LiveSchedule> {
  const { client, owner, taskQueue } = context;
  const foreign = Object.entries(live.raw.searchAttributes?.indexedFields ?? {}).filter(
    ([name]) => !Object.hasOwn(ourSearchAttributes, name) && name !== pausedAttribute,
  );
  const state = carryState(live.state, pausedIn(live.applied), definition.paused ?? false);
  await client.workflowService.updateSchedule({
    namespace: client.options.namespace,
    identity: client.options.identity,
    requestId: randomUUID(),
    scheduleId: live.id,
    conflictToken: live.raw.conflictToken,
    schedule: await scheduleToProto(definition, { payloads: payloadsOf(client), owner, taskQueue, state }),
    searchAttributes: {
      indexedFields: { ...Object.fromEntries(foreign), ...scheduleSearchAttributes(definition, owner) },
    },
  });
  return readBack(client, live, (now) => now.digest === definitionDigest(definition) && now.owner === owner, true);
}

/**
 * Waits until the server shows the change, which it applies after it has answered. Where the change was sent with a
 * conflict token, a state that moved on without it means that it was dropped. The server reads search attributes before
 * the rest, so what has moved is read once more before that is said.
 */
export async function readBack(
  client: Client,
  before: LiveSchedule,
  isApplied: (now: LiveSchedule) => boolean,
  sentToken = false,
): Promise<LiveSchedule> {
  const deadline = Date.now() + 3_000;
  for (let movedReads = 0; ; ) {
    const now = await findLive(client, before.id);
    if (now === undefined) throw new AlmanacError('not-found', `schedule ${before.id} was deleted meanwhile`);
    const moved = now.etag !== before.etag;
    if (moved && isApplied(now)) return now;
    if (moved) movedReads += 1;
    if ((sentToken && movedReads > 1) || Date.now() > deadline) {
      throw new AlmanacError(
        'precondition-failed',
        `schedule ${before.id} was changed by somebody else at the same time: read it again and repeat the change`,
      );
    }
    await sleep(50);
  }
}
