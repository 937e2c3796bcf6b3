import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { callbackBodies } from '../../domain/callback/body.js';
import { callbackAnswer, callbackStateView, heartbeatAnswer } from '../../domain/callback/state-view.js';
import { type CallbackOperation, callbackOperation } from '../../domain/views.js';
import { problemSchema } from '../schemas.js';

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

/** Tells the contract of the routes in callbacks.ts. They are routed by hand: there is nothing for a schema to check before the token is opened. */
export function describeCallbackRoutes(registry: OpenAPIHono['openAPIRegistry']): void {
  for (const operation of callbackOperation.options) {
    // A schema made before @hono/zod-openapi was loaded can't be registered; describing it makes a new one.
    registry.register(schemaName(operation), callbackBodies[operation].describe(`Body of ${operation}`));
    for (const tokenInPath of [false, true]) registry.registerPath(operationRoute(operation, tokenInPath));
  }
  registry.registerPath(stateRoute);
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
