import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import { authorIdentity } from '../../domain/author-identity.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { OverlapPolicy } from '../../domain/definition/policies.js';
import { AlmanacError } from '../../domain/errors.js';
import type { LiveSchedule } from './live-schedule.js';
import { makeRoom, openRuns } from './open-runs.js';
import { overlapToProto } from './schedule-proto.js';
import { findEarlierRun, type StartRun, startRun } from './start-run.js';
import { type TriggerOutcome, waitForTriggeredRun } from './wait-for-triggered-run.js';

export interface TriggerRequest {
  /** Default allowAll: a run by hand does not wait for others. */
  overlap?: OverlapPolicy | undefined;
  /** Replaces the input of the action; undefined keeps it. */
  input?: unknown;
  /** Nominal time of the run; left out, now. */
  scheduledTime?: Date | undefined;
  /** Who triggers: kept in the memo of the run. */
  triggeredBy: string;
  /** The same key again gives the same run and starts nothing. */
  idempotencyKey?: string | undefined;
}

/**
 * Starts a run of the schedule by hand, paused or not. allowAll and everything with an input of its own is started here,
 * so that the run id is exact; other overlaps go through the server's own trigger, whose runs take part in its overlap
 * policy.
 * @throws AlmanacError conflict when a run is in the way; invalid-input
 */
export async function triggerSchedule(
  client: Client,
  live: LiveSchedule,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  const overlap = request.overlap ?? 'allowAll';
  if (request.input !== undefined || request.idempotencyKey !== undefined || overlap === 'allowAll') {
    return triggerDirectly(client, live, overlap, request);
  }
  return triggerThroughServer(client, live, overlap, request);
}

async function triggerDirectly(
  client: Client,
  live: LiveSchedule,
  overlap: OverlapPolicy,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  if (overlap === 'bufferOne' || overlap === 'bufferAll') {
    throw new AlmanacError(
      'invalid-input',
      `${overlap} can't be had with an input or an Idempotency-Key: the server's buffer starts the action as it stands`,
      { details: [{ path: 'overlap', message: 'use allowAll, skip, cancelOther or terminateOther', value: overlap }] },
    );
  }
  const scheduledTime = request.scheduledTime ?? new Date();
  const start: StartRun = {
    workflowId: workflowIdOf(live.id, scheduledTime, request.idempotencyKey),
    scheduledTime,
    input: request.input,
    triggeredBy: request.triggeredBy,
    ...(request.idempotencyKey === undefined ? {} : { requestDigest: digestOf(request) }),
  };
  // A repeat must not find its own first run in the way.
  const earlier = request.idempotencyKey === undefined ? undefined : await findEarlierRun(client, live.id, start);
  if (earlier !== undefined) return earlier;
  if (overlap !== 'allowAll') await makeRoom(client, live, overlap);
  return startRun(client, live, start);
}

/** `nightly-2026-11-20T02:00:00Z`, as the server names its own runs; milliseconds only where there are any. */
function workflowIdOf(id: string, scheduledTime: Date, idempotencyKey: string | undefined): string {
  if (idempotencyKey !== undefined) {
    return `${id}-key-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 24)}`;
  }
  return `${id}-${scheduledTime.toISOString().replace('.000Z', 'Z')}`;
}

/** Tells a repeat from another request under the same key. */
function digestOf({ overlap, input, scheduledTime }: TriggerRequest): string {
  const text = canonicalJson({ overlap, input, scheduledTime: scheduledTime?.toISOString() });
  return createHash('sha256').update(text).digest('hex');
}

async function triggerThroughServer(
  client: Client,
  live: LiveSchedule,
  overlap: Exclude<OverlapPolicy, 'allowAll'>,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  // The exact instant is how the run is recognised among those that the schedule itself starts at the same time.
  const scheduledTime = request.scheduledTime ?? new Date();
  await client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    identity: authorIdentity(request.triggeredBy),
    requestId: `${live.id}-${scheduledTime.getTime()}-${process.hrtime.bigint()}`,
    scheduleId: live.id,
    patch: {
      triggerImmediately: {
        overlapPolicy: overlapToProto[overlap],
        scheduledTime: msNumberToTs(scheduledTime.getTime()),
      },
    },
  });
  return waitForTriggeredRun(client, live, { overlap, scheduledTime, running: () => openRuns(client, live) });
}
