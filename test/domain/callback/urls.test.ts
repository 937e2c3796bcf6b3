import { expect, it } from 'vitest';
import { formatIdentity, parseIdentity } from '../../../src/domain/callback/identity.js';
import { newJti } from '../../../src/domain/callback/token.js';
import { callbackExpiry } from '../../../src/domain/callback/urls.js';

it('lets links live a minute longer than their step, in whole seconds', () => {
  expect(callbackExpiry(10_001)).toBe(71_000);
});

it('reads back the identities that it writes and no others', () => {
  const identity = { jti: newJti(), operation: 'complete' as const, sha256: 'a'.repeat(64) };
  expect(parseIdentity(formatIdentity(identity))).toEqual(identity);
  for (const other of ['1234@worker', '', undefined, `${formatIdentity(identity)}x`, 'almanac-callback:x:complete:y']) {
    expect(parseIdentity(other)).toBeUndefined();
  }
});
