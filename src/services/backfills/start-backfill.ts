import { createHash, randomBytes } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { estimatedEnd } from '../../domain/backfill/estimate.js';
import { type BackfillProgress, type BackfillRecord, nothingDone } from '../../domain/backfill/progress.js';
import { encodeSlots } from '../../domain/backfill/slot-list.js';
import type { BackfillView } from '../../domain/backfill/views.js';
import type { BackfillInput } from '../../domain/backfill/workflow.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { AlmanacError } from '../../domain/errors.js';
import { backfillWorkflow, memoKeys } from '../../domain/temporal-names.js';
import type { BackfillCaller, BackfillOptions, BackfillServiceOptions } from './backfill-service.js';
import type { FrozenSlots } from './freeze-slots.js';
import { describeBackfill, readBackfill } from './read-backfill.js';

type Context = Pick<BackfillServiceOptions, 'client' | 'taskQueue' | 'eventsPerRun'>;

interface NewBackfill {
  scheduleId: string;
  options: BackfillOptions;
  caller: BackfillCaller;
  frozen: FrozenSlots;
  now: Date;
}

/**
 * Starts the workflow of a backfill over frozen slots.
 * @throws AlmanacError conflict when the Idempotency-Key was used for another request
 */
export async function startBackfill(context: Context, backfill: NewBackfill): Promise<BackfillView> {
  const { client, taskQueue } = context;
  const { scheduleId, caller } = backfill;
  const id = workflowIdOf(scheduleId, caller.idempotencyKey);
  const record = recordOf(backfill);
  try {
    await client.workflow.start(backfillWorkflow, {
      taskQueue,
      workflowId: id,
      args: [inputOf(context, backfill)],
      memo: { [memoKeys.backfill]: record, [memoKeys.backfillProgress]: firstProgress(backfill) },
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `backfill of ${scheduleId}: ${record.total} slots from ${record.start} to ${record.end}`.slice(
        0,
        200,
      ),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return earlierBackfill(client, id, record);
  }
  return readBackfill(client, id);
}

/** Ids of schedules hold no upper-case letter, so the last part can't be taken for one of another schedule's. */
function workflowIdOf(scheduleId: string, idempotencyKey: string | undefined): string {
  const last =
    idempotencyKey === undefined
      ? randomBytes(6).toString('hex')
      : `key-${createHash('sha256').update(`${scheduleId}\n${idempotencyKey}`).digest('hex').slice(0, 24)}`;
  return `${backfillIdPrefix(scheduleId)}${last}`;
}

/** What the ids of all backfills of a schedule begin with, and maybe those of a schedule with a longer id. */
export function backfillIdPrefix(scheduleId: string): string {
  return `backfill-${scheduleId}-`;
}

function recordOf({ scheduleId, options, caller, frozen, now }: NewBackfill): BackfillRecord {
  const { start, end, only, order, maxConcurrent, input } = options;
  const request = { start: start.toISOString(), end: end.toISOString(), only, order, maxConcurrent };
  const digest = createHash('sha256')
    .update(canonicalJson({ ...request, input }))
    .digest('hex');
  return {
    ...request,
    scheduleId,
    total: frozen.slots.length,
    createdBy: caller.createdBy,
    createdAt: now.toISOString(),
    ...(caller.idempotencyKey === undefined ? {} : { requestDigest: digest }),
  };
}

function inputOf({ eventsPerRun }: Context, { scheduleId, options, frozen }: NewBackfill): BackfillInput {
  const { only, order, maxConcurrent, input } = options;
  return {
    scheduleId,
    only,
    order,
    maxConcurrent,
    ...(input === undefined ? {} : { input }),
    slots: encodeSlots(frozen.slots.map(({ slot }) => slot)),
    ...(frozen.expectedMs === undefined ? {} : { expectedMs: frozen.expectedMs }),
    ...(eventsPerRun === undefined ? {} : { eventsPerRun }),
  };
}

/** Until the workflow writes its own. */
function firstProgress({ options: { maxConcurrent }, frozen, now }: NewBackfill): BackfillProgress {
  const outlook = { now: now.getTime(), pending: frozen.slots.length, running: [], maxConcurrent };
  const end = estimatedEnd({ ...outlook, slotMs: frozen.expectedMs });
  return { ...nothingDone, eta: end === undefined ? null : new Date(end).toISOString() };
}

async function earlierBackfill(client: Client, id: string, wanted: BackfillRecord): Promise<BackfillView> {
  const { requestDigest, ...view } = await describeBackfill(client, id);
  if (requestDigest === wanted.requestDigest) return view;
  throw new AlmanacError('conflict', 'this Idempotency-Key was used for another backfill: take a new key', {
    details: [{ path: 'Idempotency-Key', message: 'its backfill is this one', value: id }],
  });
}
