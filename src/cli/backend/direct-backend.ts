import type { ListView, PendingCallbackView } from '../../domain/views.js';
import type { RunService } from '../../services/runs/run-service.js';
import type { ScheduleService } from '../../services/schedules/schedule-service.js';
import type { Backend, Page } from './backend.js';

export interface DirectServices {
  schedules: ScheduleService;
  runs: RunService;
  pendingCallbacks(page: { pageSize: number; pageToken?: string }): Promise<ListView<PendingCallbackView>>;
  /** Who triggers, kept with the run. */
  user: string;
  close(): Promise<void>;
}

const defaultPageSize = 100;

/** The platform without its API: the same use cases, over a Temporal client of our own. */
export function createDirectBackend({ schedules, runs, pendingCallbacks, user, close }: DirectServices): Backend {
  const paging = (page: Page) => ({ pageSize: page.pageSize ?? defaultPageSize, pageToken: page.pageToken });
  return {
    listSchedules: (filter, page) => schedules.list({ ...filter, ...paging(page) }),
    describeSchedule: async (id) => (await schedules.get(id)).schedule,
    pauseSchedule: async (id, note = '') => (await schedules.pause(id, note)).schedule,
    unpauseSchedule: async (id, note = '') => (await schedules.unpause(id, note)).schedule,
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
    listRuns: (filter, page) => runs.list({ ...filter, ...paging(page) }),
    getRun: (workflowId, runId) => runs.get(workflowId, runId),
    cancelRun: (workflowId, runId, reason = '') => runs.cancel(workflowId, { runId, reason }),
    terminateRun: (workflowId, runId, reason = '') => runs.terminate(workflowId, { runId, reason }),
    listCallbacks: ({ pageSize = defaultPageSize, pageToken }) =>
      pendingCallbacks({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) }),
    close,
  };
}
