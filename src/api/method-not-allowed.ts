import type { NotFoundHandler } from 'hono';
import { AlmanacError } from '../domain/errors.js';
import { problemNotFound, problemResponse } from './problems.js';
import type { ApiEnv } from './router.js';

interface Route {
  method: string;
  path: string;
}

/** 405 with `Allow` where the address is right and the method is not; 404 otherwise. */
export function notFoundOrNotAllowed(routes: readonly Route[]): NotFoundHandler<ApiEnv> {
  const known = routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  return (c) => {
    const allowed = [...new Set(known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method))];
    if (allowed.length === 0) return problemNotFound(c);
    const allow = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
    const error = new AlmanacError(
      'method-not-allowed',
      `${c.req.method} is not for this address: ${allow.join(', ')}`,
    );
    return problemResponse(c, error, { allow: allow.join(', ') });
  };
}

/** `/v1/runs/:workflowId` as an expression over a whole path. */
function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
