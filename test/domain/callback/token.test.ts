import { base64url, CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseKeyring } from '../../../src/domain/callback/keyring.js';
import {
  type CallbackClaims,
  maxTokenLength,
  newJti,
  openToken,
  sealToken,
} from '../../../src/domain/callback/token.js';

const secretOf = (byte: number) => base64url.encode(new Uint8Array(32).fill(byte));
const entry = (kid: string, byte: number) => ({ kid, secret: secretOf(byte), createdAt: '2026-01-01T00:00:00Z' });
const ringOf = (...entries: ReturnType<typeof entry>[]) =>
  parseKeyring(JSON.stringify({ current: entries[0]?.kid, keys: entries }));

const ring = ringOf(entry('k1', 1));
const claims: CallbackClaims = {
  namespace: 'default',
  workflowId: 'nightly-orders-workflow-2026-01-02T03:04:05Z',
  runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
  activityId: 'load',
  attempt: 2,
  operations: ['complete', 'heartbeat'],
  expiresAt: 1_800_000_000_000,
  jti: newJti(),
};

describe('tokens', () => {
  it('open to the claims that were sealed', async () => {
    expect(await openToken(ring, await sealToken(ring, claims))).toEqual(claims);
  });

  it('of a typical run are far below the limit, and a run with ids too long is refused', async () => {
    expect((await sealToken(ring, claims)).length).toBeLessThan(600);
    const longest = { ...claims, workflowId: 'w'.repeat(1000) };
    expect((await sealToken(ring, longest)).length).toBeLessThan(maxTokenLength);
    await expect(sealToken(ring, { ...claims, workflowId: '\u00e9'.repeat(1000) })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('stay good when their key is no longer current, and end with it', async () => {
    const token = await sealToken(ring, claims);
    expect(await openToken(ringOf(entry('k2', 2), entry('k1', 1)), token)).toEqual(claims);
    expect(await openToken(ringOf(entry('k2', 2)), token)).toBeUndefined();
    expect(await openToken(ringOf(entry('k1', 2)), token)).toBeUndefined();
  });

  it('are forged when any one character differs', async () => {
    const token = await sealToken(ring, claims);
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ['A', '_', '.', '=']) {
        if (token[at] === other) continue;
        const forged = token.slice(0, at) + other + token.slice(at + 1);
        expect(await openToken(ring, forged), `${other} at ${at}`).toBeUndefined();
      }
    }
  });

  it('are forged in another spelling of the same bytes', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const token = await sealToken(ring, claims);
    // The tag is 16 bytes in 22 characters: four spare bits in the last one.
    const last = alphabet.indexOf(token.at(-1) as string);
    const spare = token.slice(0, -1) + alphabet[last ^ 1];
    expect(base64url.decode(spare.split('.')[4] as string)).toEqual(base64url.decode(token.split('.')[4] as string));
    const spellings = [spare, `${token}==`, ` ${token}`, `${token}\n`, `${token}.`, token.replace('..', '.AA.')];
    const standard = token.replaceAll('-', '+').replaceAll('_', '/');
    for (const text of standard === token ? spellings : [...spellings, standard]) {
      expect(await openToken(ring, text), JSON.stringify(text.slice(-12))).toBeUndefined();
    }
  });

  it.each([
    ['another header', { alg: 'dir', enc: 'A256GCM', kid: 'k1', typ: 'JWT' }],
    ['compressed', { alg: 'dir', enc: 'A256GCM', kid: 'k1', zip: 'DEF' }],
    ['keys in another order', { kid: 'k1', alg: 'dir', enc: 'A256GCM' }],
    ['an unknown key', { alg: 'dir', enc: 'A256GCM', kid: 'k9' }],
  ])('with %s are forged though the key is right', async (_what, header) => {
    const token = await new CompactEncrypt(new TextEncoder().encode('{}'))
      .setProtectedHeader(header)
      .encrypt(new Uint8Array(32).fill(1))
      .catch(() => undefined);
    if (token !== undefined) expect(await openToken(ring, token)).toBeUndefined();
  });

  it('whose plaintext is not claims do not open', async () => {
    for (const plaintext of ['{}', 'null', '"x"', 'not json', JSON.stringify({ ...claims })]) {
      const token = await new CompactEncrypt(new TextEncoder().encode(plaintext))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k1' })
        .encrypt(new Uint8Array(32).fill(1));
      expect(await openToken(ring, token)).toBeUndefined();
    }
  });
});

describe('keyrings', () => {
  it.each([
    ['not JSON', '{', 'not JSON'],
    ['nothing inside', '{}', 'current'],
    ['a current key that is not there', JSON.stringify({ current: 'k2', keys: [entry('k1', 1)] }), 'current'],
    ['one key twice', JSON.stringify({ current: 'k1', keys: [entry('k1', 1), entry('k1', 2)] }), 'keys'],
    [
      'a short secret',
      JSON.stringify({ current: 'k1', keys: [{ ...entry('k1', 1), secret: 'c2hvcnQ' }] }),
      'keys.0.secret',
    ],
    ['no keys', JSON.stringify({ current: 'k1', keys: [] }), 'keys'],
  ])('with %s are refused, and the message names the place and no secret', (_what, json, place) => {
    expect(() => parseKeyring(json)).toThrow(place);
    expect(() => parseKeyring(json)).not.toThrow(/c2hvcnQ/);
  });
});
