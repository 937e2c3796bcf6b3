import type { MiddlewareHandler } from 'hono';
import { AlmanacError } from '../../domain/errors.js';
import type { ApiEnv } from '../router.js';
import { type ApiKeys, findByKey } from './api-keys.js';
import type { TokenVerifier } from './oidc.js';
import { hasRole, type Principal, type Role } from './principal.js';

export interface AuthOptions {
  keys: ApiKeys;
  verifyToken?: TokenVerifier;
}

/** Bearer credentials: an API key, or a JWT where an issuer is configured. Closed when neither is. */
export function authenticate({ keys, verifyToken }: AuthOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set('principal', await principalOf(c.req.header('authorization'), keys, verifyToken));
    await next();
  };
}

async function principalOf(
  header: string | undefined,
  keys: ApiKeys,
  verifyToken: TokenVerifier | undefined,
): Promise<Principal> {
  const credentials = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (credentials === undefined) {
    throw new AlmanacError('unauthenticated', 'send an API key or a token: Authorization: Bearer <key or JWT>');
  }
  const holder = findByKey(keys, credentials);
  if (holder !== undefined) return holder;
  if (verifyToken !== undefined && looksLikeJwt(credentials)) return verifyToken(credentials);
  throw new AlmanacError('unauthenticated', 'the API key is not known');
}

function looksLikeJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/** The caller's role must be this or a higher one. */
export function requireRole(role: Role): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal = c.get('principal');
    if (principal === undefined) throw new AlmanacError('unauthenticated', 'send an API key or a token');
    if (!hasRole(principal, role)) {
      throw new AlmanacError(
        'forbidden',
        `this needs the role ${role}; ${principal.name} has the role ${principal.role}`,
      );
    }
    await next();
  };
}
