import type { Context } from 'hono';
import type { RunService } from '../../services/runs/run-service.js';
import { defineRoute, json, optionalJsonRequest } from '../define-route.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';
import { reasonBody, runIdQuery, runListQuery, scheduleIdParam, schemas, workflowIdParam } from '../schemas.js';

const tags = ['runs'];

const ofSchedule = defineRoute(
  { role: 'viewer' },
  {
    method: 'get',
    path: '/v1/schedules/{id}/runs',
    tags,
    summary: 'List the runs of a schedule, also of one that was deleted; newest first',
    request: { params: scheduleIdParam, query: runListQuery },
    responses: { 200: json(schemas.runList, 'A page of runs') },
  },
);

const list = defineRoute(
  { role: 'viewer' },
  {
    method: 'get',
    path: '/v1/runs',
    tags,
    summary: 'List the runs of all schedules, newest first',
    request: { query: runListQuery },
    responses: { 200: json(schemas.runList, 'A page of runs') },
  },
);

const get = defineRoute(
  { role: 'viewer', problems: [404] },
  {
    method: 'get',
    path: '/v1/runs/{workflowId}',
    tags,
    summary: 'One run: steps, attempts, progress, pending callbacks, errors',
    request: { params: workflowIdParam, query: runIdQuery },
    responses: { 200: json(schemas.run, 'The run') },
  },
);

const cancel = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/runs/{workflowId}/cancel',
    tags,
    summary: 'Ask a run to end; it may still clean up',
    request: { params: workflowIdParam, query: runIdQuery, body: optionalJsonRequest(reasonBody) },
    responses: { 202: json(schemas.runReference, 'Asked') },
  },
);

const terminate = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/runs/{workflowId}/terminate',
    tags,
    summary: 'End a run at once, without clean-up',
    request: { params: workflowIdParam, query: runIdQuery, body: optionalJsonRequest(reasonBody) },
    responses: { 200: json(schemas.runReference, 'Ended') },
  },
);

export function runRoutes(service: RunService): ApiRouter {
  const router = newRouter();
  router.openapi(ofSchedule, async (c) =>
    c.json(await service.list({ ...c.req.valid('query'), scheduleId: c.req.valid('param').id }), 200),
  );
  router.openapi(list, async (c) => c.json(await service.list(c.req.valid('query')), 200));
  router.openapi(get, async (c) =>
    c.json(await service.get(c.req.valid('param').workflowId, c.req.valid('query').runId), 200),
  );
  router.openapi(cancel, async (c) => {
    const reason = reasonOf(c, 'Cancelled', c.req.valid('json').reason);
    const { runId } = c.req.valid('query');
    return c.json(await service.cancel(c.req.valid('param').workflowId, { runId, reason }), 202);
  });
  router.openapi(terminate, async (c) => {
    const reason = reasonOf(c, 'Terminated', c.req.valid('json').reason);
    const { runId } = c.req.valid('query');
    return c.json(await service.terminate(c.req.valid('param').workflowId, { runId, reason }), 200);
  });
  return router;
}

function reasonOf(c: Context<ApiEnv>, done: string, given: string | undefined): string {
  const by = `${done} by ${c.get('principal')?.name ?? 'unknown'}`;
  return given === undefined || given === '' ? by : `${by}: ${given}`;
}
