import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { backfillOnly, backfillOrder, largestConcurrency } from '../../domain/backfill/request.js';
import { backfillPlanView, backfillView } from '../../domain/backfill/views.js';
import { AlmanacError } from '../../domain/errors.js';
import { listOf } from '../../domain/views.js';
import type { BackfillService } from '../../services/backfills/backfill-service.js';
import { defineRoute, json, jsonRequest, optionalJsonRequest } from '../define-route.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';
import { idempotencyHeader, page, scheduleIdParam } from '../schemas.js';

const tags = ['backfills'];

const backfill = backfillView.meta({ id: 'Backfill' });
const plan = backfillPlanView.meta({ id: 'BackfillPlan', description: 'What a backfill would do' });
const backfillList = listOf(backfill).meta({ id: 'BackfillList' });

const instant = z.iso.datetime({ offset: true });

const backfillBody = z
  .strictObject({
    start: instant.describe('First nominal time that may be run; inclusive'),
    end: instant.describe('Last nominal time that may be run; inclusive, not in the future'),
    maxConcurrent: z.int().min(1).max(largestConcurrency).default(1).describe('So many runs at a time'),
    order: backfillOrder.default('oldest').describe('Which end of the range is run first'),
    only: backfillOnly
      .default('missing')
      .describe('Slots without a run, slots whose latest run went wrong, or every one that is not running'),
    input: z.unknown().optional().describe('Replaces the input of the action; at most 256 KiB'),
    dryRun: z.boolean().default(false).describe('Show the slots and start nothing'),
  })
  .meta({ id: 'BackfillRequest' });

const backfillIdParam = z.object({ id: z.string().min(1).max(1000).describe('Id of the backfill') });
const noteBody = z.strictObject({ note: z.string().max(1000).optional() });
const cancelBody = noteBody.extend({
  runs: z.boolean().default(false).describe('Cancel its open runs too; left out, they go on'),
});

/** The input travels with each turn of the backfill through Temporal's history. */
const maxInputBytes = 256 * 1024;

const create = defineRoute(
  { role: 'operator', problems: [404, 409, 413, 422] },
  {
    method: 'post',
    path: '/v1/schedules/{id}/backfills',
    tags,
    summary: 'Run past fire times of a schedule, a few at a time',
    description:
      'The slots are frozen when it begins: fire times of the stored spec in the range, both ends inclusive. Each runs the action as it stands then, under the workflow id that the scheduled run has. 422 when the range has more slots than ALMANAC_BACKFILL_MAX.',
    request: { params: scheduleIdParam, headers: idempotencyHeader, body: jsonRequest(backfillBody) },
    responses: { 200: json(plan, 'dryRun: what would start'), 202: json(backfill, 'The backfill') },
  },
);

const list = defineRoute(
  { role: 'viewer' },
  {
    method: 'get',
    path: '/v1/backfills',
    tags,
    summary: 'List backfills, newest first',
    request: { query: page.extend({ scheduleId: z.string().min(1).max(200).optional() }) },
    responses: { 200: json(backfillList, 'A page of backfills') },
  },
);

const get = defineRoute(
  { role: 'viewer', problems: [404] },
  {
    method: 'get',
    path: '/v1/backfills/{id}',
    tags,
    summary: 'One backfill and its progress',
    request: { params: backfillIdParam },
    responses: { 200: json(backfill, 'The backfill') },
  },
);

const pause = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/backfills/{id}/pause',
    tags,
    summary: 'Start no further slot until it is resumed; open runs go on',
    request: { params: backfillIdParam, body: optionalJsonRequest(noteBody) },
    responses: { 200: json(backfill, 'The backfill') },
  },
);

const resume = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/backfills/{id}/resume',
    tags,
    summary: 'Go on with a paused backfill',
    request: { params: backfillIdParam, body: optionalJsonRequest(noteBody) },
    responses: { 200: json(backfill, 'The backfill') },
  },
);

const cancel = defineRoute(
  { role: 'operator', problems: [404, 409] },
  {
    method: 'post',
    path: '/v1/backfills/{id}/cancel',
    tags,
    summary: 'End a backfill: start no further slot; with runs, cancel its open runs too',
    request: { params: backfillIdParam, body: optionalJsonRequest(cancelBody) },
    responses: { 202: json(backfill, 'The backfill') },
  },
);

export function backfillRoutes(service: BackfillService): ApiRouter {
  const router = newRouter();
  router.openapi(create, async (c) => {
    const { id } = c.req.valid('param');
    const { dryRun, start, end, ...rest } = c.req.valid('json');
    checkInput(rest.input);
    const options = { ...rest, start: new Date(start), end: new Date(end) };
    if (dryRun) return c.json(await service.plan(id, options), 200);
    const idempotencyKey = c.req.valid('header')['idempotency-key'];
    const view = await service.start(id, options, { createdBy: callerOf(c), idempotencyKey });
    return c.json(view, 202, { location: `/v1/backfills/${encodeURIComponent(view.id)}` });
  });
  router.openapi(list, async (c) => c.json(await service.list(c.req.valid('query')), 200));
  router.openapi(get, async (c) => c.json(await service.get(c.req.valid('param').id), 200));
  router.openapi(pause, async (c) =>
    c.json(await service.pause(c.req.valid('param').id, { by: callerOf(c), ...c.req.valid('json') }), 200),
  );
  router.openapi(resume, async (c) =>
    c.json(await service.resume(c.req.valid('param').id, { by: callerOf(c), ...c.req.valid('json') }), 200),
  );
  router.openapi(cancel, async (c) =>
    c.json(await service.cancel(c.req.valid('param').id, { by: callerOf(c), ...c.req.valid('json') }), 202),
  );
  return router;
}

function checkInput(input: unknown): void {
  const bytes = input === undefined ? 0 : Buffer.byteLength(JSON.stringify(input));
  if (bytes <= maxInputBytes) return;
  throw new AlmanacError('too-large', `the input has ${bytes} bytes; of a backfill it may have ${maxInputBytes}`, {
    details: [{ path: 'input', message: 'put large inputs into S3 and name them here' }],
  });
}

function callerOf(c: Context<ApiEnv>): string {
  return c.get('principal')?.name ?? 'unknown';
}
