import { describe, expect, it } from 'vitest';
import { createCallbackLimits } from '../../src/api/callback-limits.js';
import { callbackRoutes } from '../../src/api/routes/callbacks.js';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { newJti, sealToken } from '../../src/domain/callback/token.js';
import { createCallbackService } from '../../src/services/callbacks/service.js';
import { newKeyring } from '../support/callback-harness.js';

const keys = fixedKeyring(JSON.stringify(newKeyring('k1')));
// What is refused here is refused before Temporal is asked, so none has to be there.
const client = createTemporalClient({ connection: { address: '127.0.0.1:1' }, namespace: 'default' });

function routes(burst: number) {
  const limit = { burst, perSecond: 0.1, maxKeys: 100 };
  const limits = createCallbackLimits({ operations: limit, reads: limit, unopened: limit });
  return callbackRoutes(createCallbackService({ client, keys }), limits);
}

/** A token that opens, and that expired. */
async function expired(): Promise<string> {
  return sealToken(await keys(), {
    namespace: 'default',
    workflowId: 'w',
    runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
    activityId: 'load',
    attempt: 1,
    operations: ['heartbeat', 'complete'],
    expiresAt: 1_000,
    jti: newJti(),
  });
}

const from = (remoteAddress: string) => ({
  incoming: { socket: { remoteAddress } },
});

describe('limits of callback links', () => {
  it('hold by token, for the operations together and for reads apart', async () => {
    const app = routes(3);
    const [one, other] = [await expired(), await expired()];
    const post = async (token: string, operation: string) =>
      app.request(`/v1/callbacks/${token}/${operation}`, { method: 'POST' });
    expect((await post(one, 'heartbeat')).status).toBe(410);
    expect((await post(one, 'complete')).status).toBe(410);
    expect((await post(one, 'heartbeat')).status).toBe(410);
    const refused = await post(one, 'complete');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(9);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect((await post(other, 'complete')).status).toBe(410);

    const read = async () => (await app.request(`/v1/callbacks/${one}`)).status;
    expect([await read(), await read(), await read(), await read()]).toEqual([410, 410, 410, 429]);
  });

  it('hold by address for tokens that do not open, and take no right from those that do', async () => {
    const app = routes(2);
    const call = async (token: string, address: string) =>
      (await app.request(`/v1/callbacks/${token}/complete`, { method: 'POST' }, from(address))).status;
    const noisy = [];
    for (let index = 0; index < 4; index += 1) noisy.push(await call(`made-up-${index}`, '192.0.2.1'));
    expect(noisy).toEqual([404, 404, 429, 429]);
    expect(await call('made-up', '192.0.2.2')).toBe(404);
    expect(await call(await expired(), '192.0.2.1')).toBe(410);
    // A network of IPv6 is one caller, whatever address it takes.
    expect(await call('a', '2001:db8::1')).toBe(404);
    expect(await call('a', '2001:db8::2')).toBe(404);
    expect(await call('a', '2001:db8::ffff:3')).toBe(429);
    expect(await call('a', '2001:db8:0:1::1')).toBe(404);
  });

  it('let the bearer form through the same door', async () => {
    const app = routes(1);
    const call = async () => (await app.request('/v1/callbacks/complete', { method: 'POST' })).status;
    expect([await call(), await call()]).toEqual([404, 429]);
  });
});
