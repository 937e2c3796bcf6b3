import type { MiddlewareHandler } from 'hono';
import { AlmanacError } from '../../domain/errors.js';
import type { ApiEnv } from '../router.js';
import { type ApiKeySource, findByKey } from './api-keys.js';
import type { TokenVerifier } from './oidc.js';
import { hasRole, type Principal, type Role } from './principal.js';

export interface AuthOptions {
  keys: ApiKeySource;
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
  keys: ApiKeySource,
  verifyToken: TokenVerifier | undefined,
): Promise<Principal> {
  const credentials = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (credentials === undefined) {
    throw new AlmanacError('unauthenticated', 'send an API key or a token: Authorization: Bearer <key or JWT>');
  }
  const verify = looksLikeJwt(credentials) ? verifyToken : undefined;
  // A token of the issuer is not among the keys, and no reason to look for new ones.
  const holder = findByKey(await keys(verify === undefined ? credentials : undefined), credentials);
  if (holder !== undefined) return holder;
  if (verify !== undefined) return verify(credentials);
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
