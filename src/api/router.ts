import { OpenAPIHono } from '@hono/zod-openapi';
import { AlmanacError } from '../domain/errors.js';
import type { CallbackOperation } from '../domain/views.js';
import type { Principal } from './auth/principal.js';
import type { ApiLog } from './log.js';
import { reportingErrorHandler } from './plain-router.js';
import { zodDetails } from './zod-details.js';

/** What the app's middleware puts beside each request. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    log: ApiLog;
    /** Who calls; absent on the public routes. */
    principal?: Principal;
    /** What a callback link was used for; for the access log. */
    callback?: { jti: string; operation: CallbackOperation; result: string };
  };
}

export type ApiRouter = OpenAPIHono<ApiEnv>;

/**
 * A router whose faults are RFC 9457 problems: what the request schemas refuse is one `invalid-input` with every issue,
 * an AlmanacError keeps its code, anything else is `internal` and goes to the log only.
 */
export function newRouter(): ApiRouter {
  const router = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const details = zodDetails(result.error, inputOf(result));
      throw new AlmanacError('invalid-input', `${places[result.target] ?? 'the request'} is not valid`, { details });
    },
  });
  router.onError(reportingErrorHandler);
  return router;
}

/** What was refused, which the validator hands over and its types do not tell. A header or an address may hold a credential. */
function inputOf(result: { target: string }): unknown {
  return ['json', 'query'].includes(result.target) && 'data' in result ? result.data : undefined;
}

const places: Partial<Record<string, string>> = {
  json: 'the body',
  query: 'the query',
  param: 'the address',
  header: 'a header',
};
