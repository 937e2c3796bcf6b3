import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';
import { isRole, type Principal, roles } from './principal.js';

export interface OidcSettings {
  issuer: string;
  audience: string;
  /** Claim that holds the role: a text or a list of texts. */
  roleClaim: string;
}

/** Verifies a token. @throws AlmanacError unauthenticated, forbidden (no role), unavailable (issuer does not answer) */
export type TokenVerifier = (token: string) => Promise<Principal>;

/** Only signatures whose key we can't forge with: no HMAC, no "none". */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const clockToleranceSeconds = 5;
const discoveryTimeoutMs = 3_000;

/** Tokens of one issuer; its keys are found by OpenID Connect Discovery on first use, cached and renewed by `jose`. */
export function createTokenVerifier(settings: OidcSettings): TokenVerifier {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (token) => {
    keys ??= discoverKeys(settings.issuer);
    let getKey: JWTVerifyGetKey;
    try {
      getKey = await keys;
    } catch (error) {
      // The next request asks again.
      keys = undefined;
      throw issuerUnavailable(error);
    }
    return principalOf(await verify(token, getKey, settings), settings.roleClaim);
  };
}

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(discoveryTimeoutMs),
    headers: { accept: 'application/json' },
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`discovery answered ${response.status}`);
  const document = discoveryDocument.parse(await response.json());
  if (document.issuer !== issuer) throw new Error(`discovery names another issuer: ${document.issuer}`);
  if (issuer.startsWith('https:') && !document.jwks_uri.startsWith('https:')) {
    throw new Error('discovery of an https issuer names keys that are not behind https');
  }
  return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: discoveryTimeoutMs });
}

async function verify(token: string, getKey: JWTVerifyGetKey, settings: OidcSettings): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, getKey, {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    });
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout || isBadKeySet(error)) {
      throw issuerUnavailable(error);
    }
    throw new AlmanacError('unauthenticated', `the token is not accepted: ${reasonOf(error)}`, { cause: error });
  }
}

/** jose throws the bare class when the key server answers with something other than 200 and JSON. */
function isBadKeySet(error: errors.JOSEError): boolean {
  return error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSInvalid;
}

/** Says which check failed and never a claim's value. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} is not the expected one`;
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no such key';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it is not a signed JWT';
}

function issuerUnavailable(cause: unknown): AlmanacError {
  return new AlmanacError('unavailable', 'the identity provider does not answer: try again in a few seconds', {
    cause,
    retryAfter: 5,
  });
}

/** Of several roles the highest counts; groups that are no roles of ours may stand among them. */
function principalOf(payload: JWTPayload, roleClaim: string): Principal {
  const claimed = [payload[roleClaim]].flat().filter(isRole);
  const role = roles.findLast((candidate) => claimed.includes(candidate));
  const name = payload.sub ?? '';
  if (role !== undefined) return { name, role };
  throw new AlmanacError(
    'forbidden',
    `the token has no role: its claim ${roleClaim} must hold one of ${roles.join(', ')}`,
  );
}
