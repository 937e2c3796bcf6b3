import type { Context } from 'hono';
import { AlmanacError } from '../../domain/errors.js';
import { requireRole } from '../auth/authenticate.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';

const timeoutMs = 5_000;

/**
 * The mails of the local platform's sink, through the API so that one address and one key are enough. Not part of the
 * contract: these routes are there only where the local platform names its sink.
 */
export function localMailRoutes(base: string): ApiRouter {
  const router = newRouter();
  const origin = base.replace(/\/+$/, '');
  router.get('/local/mail', requireRole('viewer'), (c) =>
    forward(c, `${origin}/local/mail${new URL(c.req.url).search}`),
  );
  router.get('/local/mail/:id', requireRole('viewer'), (c) =>
    forward(c, `${origin}/local/mail/${encodeURIComponent(c.req.param('id'))}`),
  );
  return router;
}

async function forward(c: Context<ApiEnv>, url: string): Promise<Response> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' }).catch((cause) => {
    throw new AlmanacError('unavailable', 'the mail sink of the local platform does not answer', { cause });
  });
  if (answer.status === 404) throw new AlmanacError('not-found', 'there is no such mail');
  if (answer.status === 400) throw new AlmanacError('invalid-input', 'the mail sink refuses the query');
  if (!answer.ok) throw new AlmanacError('failed', `the mail sink answered ${answer.status}`);
  // A mail is shown as text, never as the page that its sender may have made of it.
  const type = answer.headers.get('content-type') ?? 'application/octet-stream';
  return c.body(await answer.arrayBuffer(), 200, {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  });
}
