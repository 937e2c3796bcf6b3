import type { ScheduleService } from '../../services/schedules/schedule-service.js';
import { defineRoute, json, jsonRequest } from '../define-route.js';
import { parseDefinitionAt } from '../definition-at.js';
import { type ApiRouter, newRouter } from '../router.js';
import { fireTimesBody, fireTimesQuery, scheduleIdParam, schemas } from '../schemas.js';

const tags = ['fire times'];
const yearMs = 366 * 24 * 60 * 60 * 1000;

const ofSchedule = defineRoute(
  { role: 'viewer', problems: [404, 422] },
  {
    method: 'get',
    path: '/v1/schedules/{id}/fire-times',
    tags,
    summary: 'When a stored schedule fires, paused or not, as the server says',
    request: { params: scheduleIdParam, query: fireTimesQuery },
    responses: { 200: json(schemas.fireTimes, 'Nominal times, without jitter') },
  },
);

const ofDefinition = defineRoute(
  { role: 'viewer', problems: [422] },
  {
    method: 'post',
    path: '/v1/fire-times',
    tags,
    summary: 'When a definition that is stored nowhere would fire',
    request: { body: jsonRequest(fireTimesBody) },
    responses: { 200: json(schemas.fireTimes, 'Nominal times, without jitter') },
  },
);

export function fireTimeRoutes(service: ScheduleService): ApiRouter {
  const router = newRouter();
  router.openapi(ofSchedule, async (c) => {
    const query = c.req.valid('query');
    const start = query.start === undefined ? new Date() : new Date(query.start);
    const end = query.end === undefined ? new Date(start.getTime() + yearMs) : new Date(query.end);
    return c.json(await service.fireTimes(c.req.valid('param').id, { start, end, limit: query.limit }), 200);
  });
  router.openapi(ofDefinition, async (c) => {
    const { definition, start, end, limit } = c.req.valid('json');
    const { spec } = parseDefinitionAt(definition, 'definition');
    return c.json(service.fireTimesOf(spec, { start: new Date(start), end: new Date(end), limit }), 200);
  });
  return router;
}
