import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import { exportView } from '../../domain/export/export-view.js';
import { applyView, planView } from '../../domain/plan/plan.js';
import { slotView } from '../../domain/slots/slot-view.js';
import {
  fireTimesView,
  listOf,
  pendingCallbackView,
  runSummaryView,
  runView,
  scheduleSummaryView,
  scheduleView,
} from '../../domain/views.js';
import type { Backend } from './backend.js';
import { httpBackfillCalls } from './backfill-calls.js';
import type { HttpClient } from './http-client.js';
import { applyOverHttp, type PlanCalls, planOverHttp } from './http-plan.js';

const runReference = z.object({ workflowId: z.string(), runId: z.string() });
const triggerOutcome = z.union([runReference, z.object({ buffered: z.literal(true) })]);

/** The platform through its API (DESIGN §4). What comes back is parsed: another shape is an error, not `undefined` later. */
export function createHttpBackend(client: HttpClient): Backend {
  const get = async <T extends z.ZodType>(shape: T, path: string, query = {}) =>
    parseAnswer(shape, await client.send({ method: 'GET', path, query }), path);
  const post = async <T extends z.ZodType>(shape: T, path: string, body: unknown, query = {}) =>
    parseAnswer(shape, await client.send({ method: 'POST', path, body, query }), path);
  const schedule = (id: string) => `/v1/schedules/${encodeURIComponent(id)}`;
  const run = (workflowId: string) => `/v1/runs/${encodeURIComponent(workflowId)}`;

  const plans: PlanCalls = {
    plan: (body) => post(planView, '/v1/plan', body),
    apply: (body) => post(applyView, '/v1/apply', body),
  };

  return {
    listSchedules: (filter, page) => get(listOf(scheduleSummaryView), '/v1/schedules', { ...filter, ...page }),
    describeSchedule: (id) => get(scheduleView, schedule(id)),
    pauseSchedule: (id, note) => post(scheduleView, `${schedule(id)}/pause`, { note }),
    unpauseSchedule: (id, note) => post(scheduleView, `${schedule(id)}/unpause`, { note }),
    triggerSchedule: (id, request) => post(triggerOutcome, `${schedule(id)}/trigger`, request),
    deleteSchedule: async (id) => void (await client.send({ method: 'DELETE', path: schedule(id) })),
    fireTimes: (id, range) => get(fireTimesView, `${schedule(id)}/fire-times`, range),
    exportSchedule: (id) => get(exportView, `${schedule(id)}/export`),
    listSlots: (id, range, { pageSize, pageToken }) =>
      get(listOf(slotView), `${schedule(id)}/slots`, { ...range, limit: pageSize, pageToken }),
    plan: (request) => planOverHttp(plans, request),
    apply: (request, planned, hooks) => applyOverHttp(plans, request, planned, hooks),
    ...httpBackfillCalls({ get, post }),
    listRuns: ({ scheduleId, status, backfillId }, page) =>
      get(listOf(runSummaryView), scheduleId === undefined ? '/v1/runs' : `${schedule(scheduleId)}/runs`, {
        status,
        backfillId,
        ...page,
      }),
    getRun: (workflowId, runId) => get(runView, run(workflowId), { runId }),
    cancelRun: (workflowId, runId, reason) => post(runReference, `${run(workflowId)}/cancel`, { reason }, { runId }),
    terminateRun: (workflowId, runId, reason) =>
      post(runReference, `${run(workflowId)}/terminate`, { reason }, { runId }),
    listCallbacks: (page) => get(listOf(pendingCallbackView), '/v1/callbacks', page),
    close: async () => {},
  };
}

function parseAnswer<T extends z.ZodType>(shape: T, answer: unknown, path: string): z.output<T> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new AlmanacError('failed', `the answer of ${path} is not of this version of Almanac: update one of the two`, {
    details,
  });
}
