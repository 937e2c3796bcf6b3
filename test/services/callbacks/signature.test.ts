import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifySignature } from '../../../src/services/callbacks/signature.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const now = Date.parse('2026-01-02T03:04:05.000Z');

/** Headers of a body that was signed `seconds` after now. */
function signedAt(seconds: number) {
  const at = new Date(now + seconds * 1000);
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at.getTime() / 1000),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, '{}'),
  };
}

describe('the time of a signature', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now }));
  afterEach(() => vi.useRealTimers());
  const verify = (seconds: number) => verifySignature(secret, signedAt(seconds), Buffer.from('{}'));

  it.each([-300, -299, 0, 299, 300])('may be %i s from now', (seconds) => {
    expect(verify(seconds)).toBe('msg_1');
  });

  it.each([
    [-301, 'more than five minutes ago'],
    [301, 'more than five minutes ahead'],
  ])('may not be %i s from now', (seconds, fault) => {
    expect(() => verify(seconds)).toThrow(fault);
  });
});
