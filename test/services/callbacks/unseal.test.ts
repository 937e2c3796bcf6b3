import { base64url, CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseKeyring } from '../../../src/domain/callback/keyring.js';
import { type CallbackClaims, newJti, openToken, sealToken } from '../../../src/domain/callback/token.js';
import { unseal } from '../../../src/services/callbacks/unseal.js';

const key = new Uint8Array(32).fill(1);
const ring = parseKeyring(
  JSON.stringify({
    current: 'k1',
    keys: [{ kid: 'k1', secret: base64url.encode(key), createdAt: '2026-01-01T00:00:00Z' }],
  }),
);
const claims: CallbackClaims = {
  namespace: 'default',
  workflowId: 'nightly-workflow-2026-01-02T03:04:05Z',
  runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
  activityId: 'load',
  attempt: 1,
  operations: ['complete'],
  expiresAt: 1_800_000_000_000,
  jti: newJti(),
};

describe("Node's cipher", () => {
  it('opens what jose sealed, in tokens of every length of a segment', async () => {
    for (const workflowId of ['w', 'ww', 'www', 'wwww', 'n\u00e4chtlich', 'w'.repeat(1000)]) {
      const named = { ...claims, workflowId };
      expect(await openToken(ring, await sealToken(ring, named), unseal)).toEqual(named);
    }
  });

  it('opens nothing in which any one character differs', async () => {
    const token = await sealToken(ring, claims);
    for (let at = 0; at < token.length; at += 1) {
      for (const other of ['A', '_', '.', '=']) {
        if (token[at] === other) continue;
        const forged = token.slice(0, at) + other + token.slice(at + 1);
        expect(await openToken(ring, forged, unseal), `${other} at ${at}`).toBeUndefined();
      }
    }
  });

  it('opens nothing that another key sealed', async () => {
    const token = await sealToken(ring, claims);
    const other = { current: 'k1', keys: new Map([['k1', new Uint8Array(32).fill(2)]]) };
    expect(await openToken(other, token, unseal)).toBeUndefined();
  });

  it.each([
    ['tag', 4, 12],
    ['tag', 4, 4],
    ['initialization vector', 2, 8],
  ])('refuses a shorter %s, which GCM itself would take', async (_what, segment, bytes) => {
    const parts = (await sealToken(ring, claims)).split('.');
    parts[segment] = base64url.encode(base64url.decode(parts[segment] as string).slice(0, bytes));
    expect(() => unseal(parts.join('.'), key)).toThrow();
  });

  it('takes the header for part of what was sealed', async () => {
    const sealed = await new CompactEncrypt(new TextEncoder().encode('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k2' })
      .encrypt(key);
    const swapped = [(await sealToken(ring, claims)).split('.')[0], ...sealed.split('.').slice(1)].join('.');
    expect(() => unseal(swapped, key)).toThrow();
    expect(Buffer.from(await unseal(sealed, key)).toString()).toBe('{}');
  });
});
