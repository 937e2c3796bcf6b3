import type { ListView, PendingCallbackView } from '../../domain/views.js';
import type { BackfillService } from '../../services/backfills/backfill-service.js';
import type { ExportService } from '../../services/export/export-service.js';
import type { PlanService } from '../../services/plan/plan-service.js';
import type { RunService } from '../../services/runs/run-service.js';
import type { ScheduleService } from '../../services/schedules/schedule-service.js';
import type { SlotService } from '../../services/slots/slot-service.js';
import type { Backend, Page } from './backend.js';
import { directBackfillCalls } from './backfill-calls.js';

export interface DirectServices {
  schedules: ScheduleService;
  exports: ExportService;
  plans: PlanService;
  slots: SlotService;
  backfills: BackfillService;
  runs: RunService;
  pendingCallbacks(page: { pageSize: number; pageToken?: string }): Promise<ListView<PendingCallbackView>>;
  /** Who triggers, kept with the run. */
  user: string;
  close(): Promise<void>;
}

const defaultPageSize = 100;

/** The platform without its API: the same use cases, over a Temporal client of our own. */
export function createDirectBackend(services: DirectServices): Backend {
  const { schedules, exports, plans, slots, backfills, runs, pendingCallbacks, user, close } = services;
  const paging = (page: Page) => ({ pageSize: page.pageSize ?? defaultPageSize, pageToken: page.pageToken });
  return {
    listSchedules: (filter, page) => schedules.list({ ...filter, ...paging(page) }),
    describeSchedule: async (id) => (await schedules.get(id)).schedule,
    // An empty note is no pause to the server.
    pauseSchedule: async (id, note) => (await schedules.pause(id, note || `Paused by ${user}`, { by: user })).schedule,
    unpauseSchedule: async (id, note) =>
      (await schedules.unpause(id, note || `Unpaused by ${user}`, { by: user })).schedule,
    triggerSchedule: (id, { overlap, input, scheduledTime }) =>
      schedules.trigger(id, {
        overlap,
        input,
        scheduledTime: scheduledTime === undefined ? undefined : new Date(scheduledTime),
        triggeredBy: user,
      }),
    deleteSchedule: (id) => schedules.delete(id),
    fireTimes: (id, { start, end, limit }) =>
      schedules.fireTimes(id, { start: new Date(start), end: new Date(end), limit }),
    exportSchedule: (id) => exports.export(id),
    listSlots: (id, { start, end }, { pageSize = defaultPageSize, pageToken }) =>
      slots.list(id, { start: new Date(start), end: new Date(end), limit: pageSize, pageToken }),
    plan: ({ definitions, ...options }) => plans.plan(definitions, options),
    apply: ({ definitions, ...options }, _, hooks) => plans.apply(definitions, { ...options, ...hooks }),
    ...directBackfillCalls(backfills, user, defaultPageSize),
    listRuns: (filter, page) => runs.list({ ...filter, ...paging(page) }),
    getRun: (workflowId, runId) => runs.get(workflowId, runId),
    cancelRun: (workflowId, runId, reason = '') => runs.cancel(workflowId, { runId, reason }),
    terminateRun: (workflowId, runId, reason = '') => runs.terminate(workflowId, { runId, reason }),
    listCallbacks: ({ pageSize = defaultPageSize, pageToken }) =>
      pendingCallbacks({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) }),
    close,
  };
}
