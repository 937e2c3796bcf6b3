import { z } from '@hono/zod-openapi';
import { field } from '../../domain/definition/fault.js';
import { duration, durationMs } from '../../domain/duration.js';
import { AlmanacError } from '../../domain/errors.js';
import { duplicateIds } from '../../domain/plan/duplicate-ids.js';
import { appliedChange, applyView, defaultHorizon, planChange, planView } from '../../domain/plan/plan.js';
import type { PlanOptions, PlanService } from '../../services/plan/plan-service.js';
import { defineRoute, json, jsonRequest } from '../define-route.js';
import { parseDefinitionsAt } from '../definition-at.js';
import { type ApiRouter, newRouter } from '../router.js';
import { definitionBody } from '../schemas.js';

const tags = ['plan'];

const planSchema = planView
  .extend({ changes: z.array(planChange.meta({ id: 'PlanChange' })) })
  .meta({ id: 'Plan', description: 'What apply would do' });
const applySchema = applyView
  .extend({ changes: z.array(appliedChange.meta({ id: 'AppliedChange' })) })
  .meta({ id: 'Applied', description: 'What apply did: a result or an error per change' });

const planBody = z
  .strictObject({
    definitions: z.array(definitionBody).describe('The whole set, skipDates as lists'),
    owner: z.string().min(1).max(200).optional().describe('Whose schedules these are (default that of this API)'),
    prune: z
      .union([z.boolean(), z.array(z.string())])
      .default(false)
      .describe('Delete what the owner has and the set does not; a list of ids allows these alone'),
    deep: z.boolean().default(false).describe('Compare every field of every live schedule, to find drift'),
    adopt: z.boolean().default(false).describe('Take over schedules that belong to others, or to nobody'),
    horizon: duration({ min: '1m', max: '366d' })
      .optional()
      .describe(`Fire times are compared over this time (default ${defaultHorizon})`),
  })
  .meta({ id: 'PlanRequest' });

const plan = defineRoute(
  { role: 'viewer' },
  {
    method: 'post',
    path: '/v1/plan',
    tags,
    summary: 'What apply would do with a set of definitions',
    description:
      'Changes nothing. An unchanged set costs one list; `deep` describes every schedule and shows what was changed by hand. A change with `conflict` will be refused.',
    request: { body: jsonRequest(planBody) },
    responses: { 200: json(planSchema, 'The plan') },
  },
);

const apply = defineRoute(
  { role: 'admin' },
  {
    method: 'post',
    path: '/v1/apply',
    tags,
    summary: 'Create, update and delete schedules so that they are as a set of definitions says',
    description:
      'Each change has a `result` or an `error`; one that fails does not keep the others from being applied. A pause, a note or a number of remaining actions made by hand stays unless the file changed it. The same set again changes nothing.',
    request: { body: jsonRequest(planBody) },
    responses: { 200: json(applySchema, 'The plan, carried out') },
  },
);

export interface PlanRouteOptions {
  /** Milliseconds after which an apply begins no further change, where whoever waits for the answer gives up. */
  applyTimeoutMs?: number | undefined;
}

export function planRoutes(service: PlanService, { applyTimeoutMs }: PlanRouteOptions = {}): ApiRouter {
  const router = newRouter();
  router.openapi(plan, async (c) => {
    const body = c.req.valid('json');
    return c.json(await service.plan(definitionsOf(body.definitions), optionsOf(body)), 200);
  });
  router.openapi(apply, async (c) => {
    const body = c.req.valid('json');
    const definitions = definitionsOf(body.definitions);
    const signal = applyTimeoutMs === undefined ? undefined : AbortSignal.timeout(applyTimeoutMs);
    return c.json(await service.apply(definitions, { ...optionsOf(body), signal }), 200);
  });
  return router;
}

/** @throws AlmanacError invalid-input with every fault of every definition, ids that stand twice among them */
function definitionsOf(values: readonly unknown[]) {
  const twice = duplicateIds(values.map((value) => field(value, 'id')));
  try {
    const definitions = parseDefinitionsAt(values, 'definitions');
    if (twice.length === 0) return definitions;
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    const details = [...twice, ...error.details];
    throw new AlmanacError(error.code, error.message, { details, cause: error });
  }
  throw new AlmanacError('invalid-input', 'two definitions have one id', { details: twice });
}

function optionsOf({ horizon, owner, prune, deep, adopt }: z.output<typeof planBody>): PlanOptions {
  return { owner, prune, deep, adopt, horizonMs: horizon === undefined ? undefined : durationMs(horizon) };
}
