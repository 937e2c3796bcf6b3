import type { Context } from 'hono';
import { parseDefinition } from '../../domain/definition/parse.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { ScheduleService } from '../../services/schedules/schedule-service.js';
import { defineRoute, json, jsonRequest, withEtag } from '../define-route.js';
import { type ApiRouter, newRouter } from '../router.js';
import { definitionBody, ifMatch, putConditions, scheduleIdParam, scheduleListQuery, schemas } from '../schemas.js';

const tags = ['schedules'];
const described = withEtag(schemas.schedule, 'The schedule');

const created = withEtag(schemas.schedule, 'Created; Location is its address');

const list = defineRoute(
  { role: 'viewer' },
  {
    method: 'get',
    path: '/v1/schedules',
    tags,
    summary: 'List schedules',
    request: { query: scheduleListQuery },
    responses: { 200: json(schemas.scheduleList, 'A page of schedules') },
  },
);

const create = defineRoute(
  { role: 'admin', problems: [409, 422] },
  {
    method: 'post',
    path: '/v1/schedules',
    tags,
    summary: 'Create a schedule from a definition',
    request: { body: jsonRequest(definitionBody) },
    responses: { 201: created },
  },
);

const get = defineRoute(
  { role: 'viewer', problems: [404] },
  {
    method: 'get',
    path: '/v1/schedules/{id}',
    tags,
    summary: 'Describe a schedule',
    request: { params: scheduleIdParam },
    responses: { 200: described },
  },
);

const put = defineRoute(
  { role: 'admin', problems: [404, 412, 422] },
  {
    method: 'put',
    path: '/v1/schedules/{id}',
    tags,
    summary: 'Create or replace a schedule',
    description:
      'Replaces the whole definition. A pause by hand is kept unless `paused` differs from the definition that was applied before. The same definition again changes nothing.',
    request: { params: scheduleIdParam, headers: putConditions, body: jsonRequest(definitionBody) },
    responses: { 200: described, 201: created },
  },
);

const remove = defineRoute(
  { role: 'admin', problems: [404, 412] },
  {
    method: 'delete',
    path: '/v1/schedules/{id}',
    tags,
    summary: 'Delete a schedule; its open runs go on',
    request: { params: scheduleIdParam, headers: ifMatch },
    responses: { 204: { description: 'Deleted' } },
  },
);

export function scheduleRoutes(service: ScheduleService): ApiRouter {
  const router = newRouter();
  router.openapi(list, async (c) => c.json(await service.list(c.req.valid('query')), 200));
  router.openapi(create, async (c) => {
    const { schedule, etag } = await service.create(parseDefinition(await c.req.json()));
    return c.json(schedule, 201, { etag, location: addressOf(schedule.id) });
  });
  router.openapi(get, async (c) => {
    const { schedule, etag } = await service.get(c.req.valid('param').id);
    return c.json(schedule, 200, { etag });
  });
  router.openapi(put, async (c) => {
    const definition = await definitionOf(c, c.req.valid('param').id);
    const { 'if-match': match, 'if-none-match': noneMatch } = c.req.valid('header');
    const { action, schedule, etag } = await service.put(definition, { ifMatch: match, ifNoneMatch: noneMatch });
    if (action === 'create') return c.json(schedule, 201, { etag, location: addressOf(schedule.id) });
    return c.json(schedule, 200, { etag });
  });
  router.openapi(remove, async (c) => {
    await service.delete(c.req.valid('param').id, { ifMatch: c.req.valid('header')['if-match'] });
    return c.body(null, 204);
  });
  return router;
}

async function definitionOf(c: Context, id: string): Promise<ScheduleDefinition> {
  const definition = parseDefinition(await c.req.json());
  if (definition.id === id) return definition;
  throw new AlmanacError('invalid-input', `the definition is of ${definition.id} and the address of ${id}`, {
    details: [{ path: 'id', message: `must be ${id}, as in the address`, value: definition.id }],
  });
}

function addressOf(id: string): string {
  return `/v1/schedules/${encodeURIComponent(id)}`;
}
