import { type Context, Hono } from 'hono';
import { problemErrorHandler } from './problems.js';
import type { ApiEnv } from './router.js';

/** What is our fault goes to the log of its request; the caller learns nothing of the inside. */
export const reportingErrorHandler = problemErrorHandler(reportFault);

export function reportFault(error: unknown, c: Context<ApiEnv>): void {
  c.get('log')?.error({ err: error }, 'request failed');
}

/** A router without schemas and contract, for routes that check what they get by themselves. */
export function newPlainRouter(): Hono<ApiEnv> {
  const router = new Hono<ApiEnv>();
  router.onError(reportingErrorHandler);
  return router;
}
