import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findByKey, parseApiKeys } from '../../src/api/auth/api-keys.js';
import { createTokenVerifier } from '../../src/api/auth/oidc.js';
import { hasRole } from '../../src/api/auth/principal.js';

describe('API keys', () => {
  const entry = (name: string, role: string, key: string) => ({
    name,
    role,
    sha256: createHash('sha256').update(key).digest('hex'),
  });

  it('finds the holder and nobody else', () => {
    const keys = parseApiKeys(JSON.stringify([entry('ci', 'admin', 'one'), entry('board', 'viewer', 'two')]));
    expect(findByKey(keys, 'two')).toEqual({ name: 'board', role: 'viewer' });
    expect(findByKey(keys, 'three')).toBeUndefined();
    expect(findByKey(keys, keys[0]?.sha256.toString('hex') ?? '')).toBeUndefined();
  });

  it.each([
    ['not json', 'not JSON'],
    [JSON.stringify([{ name: 'a', role: 'root', sha256: 'ab' }]), '0.role'],
    [JSON.stringify([entry('a', 'admin', 'x'), entry('a', 'viewer', 'y')]), 'each name may stand there once'],
  ])('refuses %s', (json, message) => {
    expect(() => parseApiKeys(json)).toThrow(message);
  });

  it('orders the roles', () => {
    expect(hasRole({ name: 'a', role: 'operator' }, 'viewer')).toBe(true);
    expect(hasRole({ name: 'a', role: 'operator' }, 'admin')).toBe(false);
  });
});

describe('OIDC tokens', () => {
  let server: Server;
  let issuer = '';
  let jwks: { keys: object[] } = { keys: [] };
  let sign: (
    claims: JWTPayload,
    options?: { expires?: string | null; kid?: string; other?: boolean },
  ) => Promise<string>;

  beforeAll(async () => {
    const [ours, foreign] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    jwks = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
    server = createServer((request, response) => {
      const body =
        request.url === '/jwks' ? jwks : { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/a` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    sign = (claims, { expires = '5m', kid = 'k1', other = false } = {}) => {
      const token = new SignJWT({ iss: issuer, aud: 'almanac', sub: 'ada', ...claims });
      if (expires !== null) token.setExpirationTime(expires);
      return token.setProtectedHeader({ alg: 'ES256', kid }).sign(other ? foreign.privateKey : ours.privateKey);
    };
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const verifier = () => createTokenVerifier({ issuer, audience: 'almanac', roleClaim: 'roles' });

  it('takes the role from a text or a list, the highest of them', async () => {
    const verify = verifier();
    expect(await verify(await sign({ roles: 'operator' }))).toEqual({ name: 'ada', role: 'operator' });
    expect(await verify(await sign({ roles: ['staff', 'viewer', 'admin', 'operator'] }))).toEqual({
      name: 'ada',
      role: 'admin',
    });
  });

  it('refuses a token without a role of ours', async () => {
    const verify = verifier();
    for (const claims of [{}, { roles: ['staff'] }, { roles: { admin: true } }, { almanac_role: 'admin' }]) {
      await expect(verify(await sign(claims))).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('refuses what is not ours, not valid any more, or not signed by the issuer', async () => {
    const verify = verifier();
    const roles = 'admin';
    const [header, payload] = (await sign({ roles })).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const secret = new TextEncoder().encode(JSON.stringify(jwks.keys[0]));
    const tokens = {
      expired: await sign({ roles }, { expires: '-1m' }),
      audience: await sign({ roles, aud: 'other' }),
      issuer: await sign({ roles, iss: 'https://elsewhere.example' }),
      'foreign key': await sign({ roles }, { other: true }),
      'unknown key': await sign({ roles }, { kid: 'k2' }),
      'no expiry': await sign({ roles }, { expires: null }),
      'no subject': await sign({ roles, sub: undefined }),
      unsigned: `${none}.${payload}.`,
      'cut off': `${header}.${payload}.`,
      'public key as secret': await new SignJWT({ roles, iss: issuer, aud: 'almanac', sub: 'eve' })
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .setExpirationTime('5m')
        .sign(secret),
    };
    for (const [name, token] of Object.entries(tokens)) {
      await expect(verify(token), name).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('says that the issuer is down, and asks again with the next token', async () => {
    const down = createTokenVerifier({ issuer: 'http://127.0.0.1:9', audience: 'almanac', roleClaim: 'roles' });
    await expect(down(await sign({ roles: 'admin' }))).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 });
    const saved = jwks;
    const verify = verifier();
    jwks = { keys: [] };
    await expect(verify(await sign({ roles: 'admin' }))).rejects.toMatchObject({ code: 'unauthenticated' });
    jwks = saved;
  });
});
