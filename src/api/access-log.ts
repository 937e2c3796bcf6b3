import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiLog } from './log.js';
import type { ApiEnv } from './router.js';

/** A line a request: never a body, a credential, or a raw path, which may hold a callback's token. */
export function accessLog(log: ApiLog): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const requestId = requestIdOf(c);
    const start = performance.now();
    c.set('requestId', requestId);
    c.set('log', withRequestId(log, requestId));
    c.header('x-request-id', requestId);
    await next();
    log.info(
      {
        requestId,
        method: c.req.method,
        route: routeOf(c),
        status: c.res.status,
        ms: Math.round(performance.now() - start),
        ...(c.get('principal') === undefined ? {} : { principal: c.get('principal')?.name }),
        ...c.get('callback'),
      },
      'request',
    );
  };
}

/** A caller's own id is kept when it can't break a log line. */
function requestIdOf(c: Context): string {
  const given = c.req.header('x-request-id');
  return given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
}

function withRequestId(log: ApiLog, requestId: string): ApiLog {
  return {
    info: (fields, message) => log.info({ requestId, ...fields }, message),
    warn: (fields, message) => log.warn({ requestId, ...fields }, message),
    error: (fields, message) => log.error({ requestId, ...fields }, message),
  };
}

/** The pattern that the request met, such as `/v1/runs/:workflowId`. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? '(none)';
}
