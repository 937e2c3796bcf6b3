import type { Client } from '@temporalio/client';
import type { Prices } from '../../domain/backfill/cost.js';
import type { BackfillOnly, BackfillOrder } from '../../domain/backfill/request.js';
import type { BackfillPlanView, BackfillView } from '../../domain/backfill/views.js';
import { backfillSignals, type ControlRequest } from '../../domain/backfill/workflow.js';
import type { ListView } from '../../domain/views.js';
import { describeLive } from '../schedules/live-schedule.js';
import { startRequestOf } from '../schedules/start-run.js';
import { callTemporal } from '../temporal-call.js';
import { controlBackfill } from './control-backfill.js';
import { freezeSlots, planView } from './freeze-slots.js';
import { type BackfillFilter, listBackfills } from './list-backfills.js';
import { readBackfill } from './read-backfill.js';
import { startBackfill } from './start-backfill.js';

export interface BackfillServiceOptions {
  client: Client;
  /** Where the workers are that run backfills; the runs themselves go where the schedule says. */
  taskQueue: string;
  /** Slots that one backfill may have. */
  maxSlots: number;
  /** What a dry run reckons costs by; left out, it tells amounts and no money. */
  prices?: Prices | undefined;
  /** Events of the history after which a backfill continues as new; for tests. */
  eventsPerRun?: number | undefined;
}

export interface BackfillOptions {
  /** Inclusive. */
  start: Date;
  /** Inclusive; not in the future. */
  end: Date;
  maxConcurrent: number;
  order: BackfillOrder;
  only: BackfillOnly;
  /** Replaces the input of the action; undefined keeps it. */
  input?: unknown;
}

export interface BackfillCaller {
  createdBy: string;
  /** The same key again gives the same backfill and starts nothing. */
  idempotencyKey?: string | undefined;
}

/** Use cases over backfills; errors as in ScheduleService, and `over-cap`. */
export interface BackfillService {
  start(scheduleId: string, options: BackfillOptions, caller: BackfillCaller): Promise<BackfillView>;
  /** What {@link start} would do. */
  plan(scheduleId: string, options: BackfillOptions): Promise<BackfillPlanView>;
  /** Newest first. */
  list(filter: BackfillFilter): Promise<ListView<BackfillView>>;
  get(id: string): Promise<BackfillView>;
  /** No new slot starts until it is resumed; open runs go on. */
  pause(id: string, request: ControlRequest): Promise<BackfillView>;
  resume(id: string, request: ControlRequest): Promise<BackfillView>;
  /** No new slot starts any more; open runs are cancelled too where `runs` says so. */
  cancel(id: string, request: ControlRequest & { runs: boolean }): Promise<BackfillView>;
}

/** A range of many thousand slots is looked up page by page. */
const freezeDeadlineMs = 20_000;

export function createBackfillService({
  client,
  taskQueue,
  maxSlots,
  prices,
  eventsPerRun,
}: BackfillServiceOptions): BackfillService {
  const onSchedule = <T>(id: string, use: () => Promise<T>) =>
    callTemporal(client, use, { subject: `schedule ${id}`, deadlineMs: freezeDeadlineMs });
  const onBackfill = <T>(id: string, use: () => Promise<T>) => callTemporal(client, use, { subject: `backfill ${id}` });
  const freeze = async (scheduleId: string, { start, end, only, input }: BackfillOptions, look: boolean) => {
    const now = new Date();
    const live = await describeLive(client, scheduleId);
    const frozen = await freezeSlots(client, live, { start, end, only }, { now, max: maxSlots, look });
    // Refuses an input that the workflow of the schedule would, before the first slot meets it.
    const origin = { trigger: 'backfill', scheduledTime: now.toISOString() } as const;
    if (input !== undefined) await startRequestOf(client, live, { workflowId: scheduleId, origin, input });
    return { frozen, now };
  };

  return {
    plan: (scheduleId, options) =>
      onSchedule(scheduleId, async () => {
        const { frozen, now } = await freeze(scheduleId, options, true);
        return planView(scheduleId, frozen, { ...options, now, prices });
      }),
    start: (scheduleId, options, caller) =>
      onSchedule(scheduleId, async () => {
        const { frozen, now } = await freeze(scheduleId, options, false);
        return startBackfill({ client, taskQueue, eventsPerRun }, { scheduleId, options, caller, frozen, now });
      }),
    list: (filter) => callTemporal(client, () => listBackfills(client, filter)),
    get: (id) => onBackfill(id, () => readBackfill(client, id)),
    pause: (id, request) =>
      onBackfill(id, () =>
        controlBackfill(client, id, {
          send: (handle) => handle.signal(backfillSignals.pause, request),
          isApplied: ({ status }) => status === 'paused',
        }),
      ),
    resume: (id, request) =>
      onBackfill(id, () =>
        controlBackfill(client, id, {
          send: (handle) => handle.signal(backfillSignals.resume, request),
          isApplied: ({ status }) => status === 'running',
        }),
      ),
    cancel: (id, { runs, ...request }) =>
      onBackfill(id, () =>
        controlBackfill(client, id, {
          send: async (handle) => {
            if (runs) await handle.signal(backfillSignals.cancelRuns, request);
            await handle.cancel();
          },
          isApplied: () => false,
        }),
      ),
  };
}
