import { createRoute, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { callbackBodies } from '../../domain/callback/body.js';
import { callbackAnswer, callbackStateView, heartbeatAnswer } from '../../domain/callback/state-view.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { AlmanacError } from '../../domain/errors.js';
import { type CallbackOperation, callbackOperation } from '../../domain/views.js';
import type { CallbackService } from '../../services/callbacks/service.js';
import type { SignatureHeaders } from '../../services/callbacks/signature.js';
import { type CallbackLimits, createCallbackLimits } from '../callback-limits.js';
import { clientAddress } from '../client-address.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';
import { problemSchema } from '../schemas.js';
import { readCallbackBody } from './callback-body.js';
import { callbackPage, pageHeaders } from './callback-page.js';

const problem = { content: { 'application/problem+json': { schema: problemSchema } } };
const refusals = {
  400: { ...problem, description: 'Bad JSON, deeper than 32 levels, or another shape' },
  401: { ...problem, description: 'The step wants its answers signed (Standard Webhooks), and this call is not' },
  403: { ...problem, description: 'The token does not allow this operation' },
  404: { ...problem, description: 'The token does not open' },
  409: { ...problem, description: 'Another outcome was delivered first; cancel: nobody asked for it' },
  410: { ...problem, description: 'Expired, or the run or step is over' },
  413: { ...problem, description: 'Over the limit: complete 256 KiB, the others 16 KiB' },
  415: { ...problem, description: 'Not JSON' },
  429: { ...problem, description: 'Throttled: come back after Retry-After' },
  503: {
    ...problem,
    description: 'Temporal is down, or the step is between two attempts: come back after Retry-After',
  },
};

const summaries: Record<CallbackOperation, string> = {
  complete: 'Complete the step with its output',
  fail: 'Let the step fail',
  heartbeat: 'Report progress and learn whether to stop',
  cancel: 'Confirm that the step was stopped, after a heartbeat asked for it',
};

const tokenParam = z.object({ token: z.string().openapi({ description: 'The sealed token of the callback link' }) });

/**
 * The external side: the token is the right, in the address or as a Bearer header. None of these routes takes an API key.
 * Reading changes nothing, and no log holds a token, a path with one, or a body.
 */
export function callbackRoutes(service: CallbackService, limits = createCallbackLimits()): ApiRouter {
  const router = newRouter();
  const side: Side = { service, limits };
  router.use('/v1/callbacks/*', privacyHeaders);
  for (const operation of callbackOperation.options) {
    // A schema made before @hono/zod-openapi was loaded can't be registered; describing it makes a new one.
    router.openAPIRegistry.register(schemaName(operation), callbackBodies[operation].describe(`Body of ${operation}`));
    // Told to the contract and routed by hand: there is nothing for a schema to check before the token is opened.
    for (const tokenInPath of [false, true]) {
      const route = operationRoute(operation, tokenInPath);
      router.openAPIRegistry.registerPath(route);
      const tokenOf = tokenInPath ? (c: Context) => c.req.param('token') ?? '' : bearerToken;
      router.post(route.getRoutingPath(), (c) => operate(c, side, operation, tokenOf(c)));
    }
  }
  router.openapi(stateRoute, (c) => showState(c, side, c.req.valid('param').token));
  return router;
}

const stateRoute = createRoute({
  method: 'get',
  path: '/v1/callbacks/{token}',
  tags: ['callbacks'],
  summary: 'State of a callback: a page with buttons for people, JSON for programs. Changes nothing',
  request: { params: tokenParam },
  responses: {
    200: {
      description: 'The state',
      content: { 'application/json': { schema: callbackStateView }, 'text/html': { schema: z.string() } },
    },
    404: refusals[404],
    410: refusals[410],
    429: refusals[429],
    503: refusals[503],
  },
});

function operationRoute(operation: CallbackOperation, tokenInPath: boolean) {
  const answer = operation === 'heartbeat' ? heartbeatAnswer : callbackAnswer;
  return createRoute({
    method: 'post',
    path: tokenInPath ? `/v1/callbacks/{token}/${operation}` : `/v1/callbacks/${operation}`,
    tags: ['callbacks'],
    summary: tokenInPath ? summaries[operation] : `${summaries[operation]}; the token comes as Authorization: Bearer`,
    request: {
      ...(tokenInPath ? { params: tokenParam } : {}),
      // By reference and not by schema: the bytes are limited, hashed and parsed here, and not by the framework.
      body: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(operation)}` } } } },
    },
    responses: {
      200: { description: 'Applied', content: { 'application/json': { schema: answer } } },
      ...refusals,
    },
  });
}

function schemaName(operation: CallbackOperation): string {
  return `Callback${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
}

interface Side {
  service: CallbackService;
  limits: CallbackLimits;
}

async function operate(c: Context<ApiEnv>, side: Side, operation: CallbackOperation, token: string) {
  const claims = await open(c, side, token);
  const { service, limits } = side;
  try {
    limits.operation(claims.jti);
    service.authorise(claims, operation);
    const body = await readCallbackBody(c.req.raw, operation);
    const answer = await service.apply(claims, operation, body, signatureHeaders(c));
    note(c, claims, operation, 'duplicate' in answer ? 'duplicate' : 'applied');
    return c.json(answer, 200);
  } catch (error) {
    note(c, claims, operation, error instanceof AlmanacError ? error.code : 'internal');
    throw error;
  }
}

/** Only what does not open counts against the caller's address: a neighbour's noise takes no right away. */
async function open(c: Context<ApiEnv>, { service, limits }: Side, token: string): Promise<CallbackClaims> {
  try {
    return await service.open(token);
  } catch (error) {
    if (error instanceof AlmanacError && error.code === 'not-found') limits.unopened(clientAddress(c));
    throw error;
  }
}

function signatureHeaders(c: Context): SignatureHeaders {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  return Object.fromEntries(names.flatMap((name) => (c.req.header(name) ? [[name, c.req.header(name)]] : [])));
}

async function showState(c: Context<ApiEnv>, side: Side, token: string) {
  const claims = await open(c, side, token);
  const { service, limits } = side;
  limits.read(claims.jti);
  if (!(c.req.header('accept') ?? '').includes('text/html')) return c.json(await service.state(claims), 200);
  const nonce = crypto.randomUUID();
  try {
    return c.html(callbackPage(await service.state(claims), nonce), 200, pageHeaders(nonce));
  } catch (error) {
    if (!(error instanceof AlmanacError) || error.code !== 'gone') throw error;
    return c.html(callbackPage(error, nonce), 410, pageHeaders(nonce));
  }
}

/** Without one, the empty token, which opens nothing. */
function bearerToken(c: Context): string {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return token ?? '';
}

/** For the line of the access log: the token is named by its id. */
function note(c: Context<ApiEnv>, { jti }: CallbackClaims, operation: CallbackOperation, result: string): void {
  c.set('callback', { jti, operation, result });
}

/** Set before there is an answer: Node's adapter writes one that nobody touches later in half the time. */
const privacyHeaders: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Content-Type-Options', 'nosniff');
  await next();
};
