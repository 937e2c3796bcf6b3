import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { CallbackStateView } from '../../domain/callback/state-view.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { AlmanacError } from '../../domain/errors.js';
import { type CallbackOperation, callbackOperation } from '../../domain/views.js';
import type { LinkService } from '../../services/callbacks/link-service.js';
import type { SignatureHeaders } from '../../services/callbacks/signature.js';
import { type CallbackLimits, createCallbackLimits } from '../callback-limits.js';
import { clientAddress } from '../client-address.js';
import { newPlainRouter, reportFault } from '../plain-router.js';
import { isFault, retryAfterHeader } from '../problems.js';
import type { ApiEnv } from '../router.js';
import { readCallbackBody } from './callback-body.js';
import { callbackPage, pageHeaders, refusalPage } from './callback-page.js';

/**
 * The external side: the token is the right, in the address or as a Bearer header. None of these routes takes an API key.
 * Reading changes nothing, and no log holds a token, a path with one, or a body. What the contract says of them is in
 * callback-contract.ts: a Lambda that serves these alone loads no schema of it.
 */
export function callbackRoutes(service: LinkService, limits = createCallbackLimits()): Hono<ApiEnv> {
  const router = newPlainRouter();
  const side: Side = { service, limits };
  router.use('/v1/callbacks/*', privacyHeaders);
  for (const operation of callbackOperation.options) {
    router.post(`/v1/callbacks/:token/${operation}`, (c) => operate(c, side, operation, c.req.param('token') ?? ''));
    router.post(`/v1/callbacks/${operation}`, (c) => operate(c, side, operation, bearerToken(c)));
  }
  router.get('/v1/callbacks/:token', (c) => showState(c, side, c.req.param('token')));
  return router;
}

interface Side {
  service: LinkService;
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
  if (!(c.req.header('accept') ?? '').includes('text/html'))
    return c.json((await readState(c, side, token)).state, 200);
  const nonce = crypto.randomUUID();
  try {
    const { state, claims } = await readState(c, side, token);
    const takesForms = claims.signed !== true;
    return c.html(callbackPage(state, { takesForms, nonce }), 200, pageHeaders(nonce));
  } catch (error) {
    // A fault of ours goes the way of all of these, into the log.
    if (!(error instanceof AlmanacError) || error.status === 500) throw error;
    if (isFault(error)) reportFault(error, c);
    const headers = { ...pageHeaders(nonce), ...retryAfterHeader(error) };
    return c.html(refusalPage(error, nonce), error.status as ContentfulStatusCode, headers);
  }
}

async function readState(
  c: Context<ApiEnv>,
  side: Side,
  token: string,
): Promise<{ state: CallbackStateView; claims: CallbackClaims }> {
  const claims = await open(c, side, token);
  side.limits.read(claims.jti);
  return { state: await side.service.state(claims), claims };
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
