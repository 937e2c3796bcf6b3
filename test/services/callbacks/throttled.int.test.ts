import { afterAll, beforeAll, expect, it } from 'vitest';
import { callbackRoutes } from '../../../src/api/routes/callbacks.js';
import { fixedKeyring } from '../../../src/clients/keyring.js';
import { createImpatientClient } from '../../../src/clients/temporal.js';
import { newJti, sealToken } from '../../../src/domain/callback/token.js';
import { createCallbackService } from '../../../src/services/callbacks/service.js';
import { newKeyring } from '../../support/callback-harness.js';
import { type OwnTemporalServer, startOwnTemporalServer } from '../../support/temporal-server.js';

const keys = fixedKeyring(JSON.stringify(newKeyring('k1')));
let server: OwnTemporalServer;

beforeAll(async () => {
  server = await startOwnTemporalServer(['frontend.namespaceRPS=1', 'frontend.namespaceBurstRatio=1']);
});
afterAll(() => server?.stop());

it('a Temporal server over its limit is told at once, with a time to come back', async () => {
  const client = createImpatientClient({ connection: { address: server.address }, namespace: 'default' });
  const app = callbackRoutes(createCallbackService({ client, keys }));
  const token = await sealToken(await keys(), {
    namespace: 'default',
    workflowId: 'w',
    runId: '0198f2a4-5c11-7d5e-9a2b-0c1d2e3f4a5b',
    activityId: 'load',
    attempt: 1,
    operations: ['complete'],
    expiresAt: Date.now() + 60_000,
    jti: newJti(),
  });
  const complete = async () => {
    const begin = performance.now();
    const response = await app.request(`/v1/callbacks/${token}/complete`, { method: 'POST' });
    return { status: response.status, retryAfter: response.headers.get('retry-after'), ms: performance.now() - begin };
  };
  await complete();
  const answers = await Promise.all(Array.from({ length: 10 }, complete));
  const throttled = answers.filter(({ status }) => status === 429);
  expect(throttled.length).toBeGreaterThan(0);
  for (const { retryAfter, ms } of throttled) {
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(ms).toBeLessThan(2_000);
  }
  // What came through found no such run.
  expect(new Set(answers.map(({ status }) => status).filter((status) => status !== 429))).not.toContain(503);
  await client.connection.close();
});
