import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ScheduleService } from '../../services/schedules/schedule-service.js';
import { defineRoute, json, optionalJsonRequest, withEtag } from '../define-route.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';
import { idempotencyHeader, ifMatch, noteBody, scheduleIdParam, schemas, triggerBody } from '../schemas.js';

const tags = ['schedules'];

const pause = defineRoute(
  { role: 'operator', problems: [404, 412] },
  {
    method: 'post',
    path: '/v1/schedules/{id}/pause',
    tags,
    summary: 'Pause a schedule; its open runs go on',
    request: { params: scheduleIdParam, headers: ifMatch, body: optionalJsonRequest(noteBody) },
    responses: { 200: withEtag(schemas.schedule, 'The paused schedule') },
  },
);

const unpause = defineRoute(
  { role: 'operator', problems: [404, 412] },
  {
    method: 'post',
    path: '/v1/schedules/{id}/unpause',
    tags,
    summary: 'Let a paused schedule fire again',
    request: { params: scheduleIdParam, headers: ifMatch, body: optionalJsonRequest(noteBody) },
    responses: { 200: withEtag(schemas.schedule, 'The schedule') },
  },
);

const trigger = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/schedules/{id}/trigger',
    tags,
    summary: 'Start a run now, paused or not',
    description:
      'With bufferOne or bufferAll the answer is `{ "buffered": true }` while another run is open. 409 when a run is in the way.',
    request: { params: scheduleIdParam, headers: idempotencyHeader, body: optionalJsonRequest(triggerBody) },
    responses: { 202: json(z.union([schemas.runReference, schemas.buffered]), 'The run that was started') },
  },
);

export function scheduleActionRoutes(service: ScheduleService): ApiRouter {
  const router = newRouter();
  router.openapi(pause, async (c) => {
    const note = c.req.valid('json').note || `Paused by ${callerOf(c)}`;
    const options = { ifMatch: c.req.valid('header')['if-match'], by: callerOf(c) };
    const { schedule, etag } = await service.pause(c.req.valid('param').id, note, options);
    return c.json(schedule, 200, { etag });
  });
  router.openapi(unpause, async (c) => {
    const note = c.req.valid('json').note || `Unpaused by ${callerOf(c)}`;
    const options = { ifMatch: c.req.valid('header')['if-match'], by: callerOf(c) };
    const { schedule, etag } = await service.unpause(c.req.valid('param').id, note, options);
    return c.json(schedule, 200, { etag });
  });
  router.openapi(trigger, async (c) => {
    const { overlap, input, scheduledTime } = c.req.valid('json');
    const outcome = await service.trigger(c.req.valid('param').id, {
      overlap,
      input,
      scheduledTime: scheduledTime === undefined ? undefined : new Date(scheduledTime),
      triggeredBy: callerOf(c),
      idempotencyKey: c.req.valid('header')['idempotency-key'],
    });
    return c.json(outcome, 202);
  });
  return router;
}

function callerOf(c: Context<ApiEnv>): string {
  return c.get('principal')?.name ?? 'unknown';
}
