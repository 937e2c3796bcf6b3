import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { authorIdentity } from '../../domain/author-identity.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { ScheduleSpec } from '../../domain/definition/spec.js';
import type { FireTimesView, ListView, ScheduleSummaryView, ScheduleView } from '../../domain/views.js';
import { latestPause } from '../slots/latest-pause.js';
import { callTemporal } from '../temporal-call.js';
import { DescriptionCache } from './description-cache.js';
import { listSchedules, type ScheduleFilter } from './list-schedules.js';
import { liveDrift } from './live-drift.js';
import { checkPreconditions, describeLive, type LiveSchedule, type Preconditions } from './live-schedule.js';
import { type PutOptions, type PutResult, putSchedule } from './put-schedule.js';
import { recentRuns } from './recent-runs.js';
import { type FireTimeQuery, storedFireTimes, unsavedFireTimes } from './schedule-fire-times.js';
import { toScheduleView } from './schedule-view.js';
import { type TriggerRequest, triggerSchedule } from './trigger-schedule.js';
import type { TriggerOutcome } from './wait-for-triggered-run.js';
import { createSchedule, readBack } from './write-schedule.js';

export interface ScheduleServiceOptions {
  client: Client;
  /** Task queue of actions that name none. */
  taskQueue: string;
  /** Owner of schedules that this service creates. */
  owner: string;
}

/** A schedule and the ETag of the state in which it was read. */
export interface ScheduleWithEtag {
  schedule: ScheduleView;
  etag: string;
}

/** A pause or unpause, and who asks for it: Temporal keeps that in the scheduler's history. */
export interface PauseOptions extends Preconditions {
  by?: string;
}

/**
 * Use cases over schedules. Every one ends within seconds: with what was asked for, or with an AlmanacError
 * (`not-found`, `already-exists`, `precondition-failed`, `conflict`, `invalid-input`, `unavailable`, `throttled`).
 */
export interface ScheduleService {
  create(definition: ScheduleDefinition): Promise<ScheduleWithEtag>;
  get(id: string): Promise<ScheduleWithEtag>;
  list(filter: ScheduleFilter): Promise<ListView<ScheduleSummaryView>>;
  put(
    definition: ScheduleDefinition,
    options?: PutOptions,
  ): Promise<ScheduleWithEtag & { action: PutResult['action'] }>;
  delete(id: string, conditions?: Preconditions): Promise<void>;
  pause(id: string, note: string, options?: PauseOptions): Promise<ScheduleWithEtag>;
  unpause(id: string, note: string, options?: PauseOptions): Promise<ScheduleWithEtag>;
  trigger(id: string, request: TriggerRequest): Promise<TriggerOutcome>;
  fireTimes(id: string, query: FireTimeQuery): Promise<FireTimesView>;
  fireTimesOf(spec: ScheduleSpec, query: FireTimeQuery): FireTimesView;
}

export function createScheduleService(context: ScheduleServiceOptions): ScheduleService {
  const { client, taskQueue } = context;
  const descriptions = new DescriptionCache();
  const call = <T>(id: string, use: () => Promise<T>, deadlineMs?: number) =>
    callTemporal(client, use, { subject: `schedule ${id}`, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  const withEtag = async (live: LiveSchedule): Promise<ScheduleWithEtag> => {
    const [runs, drift, pause] = await Promise.all([
      recentRuns(client, live.id),
      liveDrift(client, live, taskQueue),
      // Who paused is worth a look, and no reason to fail: a server may keep no such history.
      live.state.paused ? latestPause(client, live.id).catch(() => undefined) : undefined,
    ]);
    return { schedule: { ...toScheduleView(live, { runs, drift }), ...pause }, etag: live.etag };
  };
  const setPaused = (id: string, paused: boolean, note: string, { by, ...conditions }: PauseOptions = {}) =>
    call(id, async () => {
      const live = await describeLive(client, id);
      checkPreconditions(id, live, conditions);
      await client.workflowService.patchSchedule({
        namespace: client.options.namespace,
        identity: by === undefined ? client.options.identity : authorIdentity(by),
        requestId: randomUUID(),
        scheduleId: id,
        patch: paused ? { pause: note } : { unpause: note },
      });
      return withEtag(await readBack(client, live, ({ state }) => state.paused === paused && state.note === note));
    });

  return {
    create: (definition) => call(definition.id, async () => withEtag(await createSchedule(context, definition))),
    get: (id) => call(id, async () => withEtag(await describeLive(client, id))),
    list: (filter) => callTemporal(client, () => listSchedules(client, descriptions, filter)),
    put: (definition, options) =>
      call(definition.id, async () => {
        const { action, live } = await putSchedule(context, definition, options);
        return { action, ...(await withEtag(live)) };
      }),
    delete: (id, conditions = {}) =>
      call(id, async () => {
        checkPreconditions(id, await describeLive(client, id), conditions);
        await client.workflowService.deleteSchedule({
          namespace: client.options.namespace,
          identity: client.options.identity,
          scheduleId: id,
        });
      }),
    pause: (id, note, options) => setPaused(id, true, note, options),
    unpause: (id, note, options) => setPaused(id, false, note, options),
    trigger: async (id, request) => {
      const live = await call(id, () => describeLive(client, id));
      return call(id, () => triggerSchedule(client, live, request), 8_000);
    },
    fireTimes: (id, query) => call(id, () => storedFireTimes(client, id, query)),
    fireTimesOf: unsavedFireTimes,
  };
}
