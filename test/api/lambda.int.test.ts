import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { newId, testCallbackKeys, yearly } from '../support/api.js';
import { buildForTest, type LambdaProcess, startLambda } from '../support/lambda-process.js';
import { secretsManagerEnvironment, startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let bundles: Awaited<ReturnType<typeof buildForTest>>;
let manager: TestSecretsManager;
const processes: LambdaProcess[] = [];
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  bundles = await buildForTest(['control', 'callbacks']);
});
afterAll(() => bundles.remove());
afterEach(async () => {
  await Promise.all(processes.splice(0).map((lambda) => lambda.stop()));
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  await manager?.close();
});

const adminKey = `almanac_${randomUUID()}`;
const asAdmin = { authorization: `Bearer ${adminKey}` };
const secrets = () => ({
  'almanac/api-keys': JSON.stringify([
    { name: 'admin', role: 'admin', sha256: createHash('sha256').update(adminKey).digest('hex') },
  ]),
  'almanac/callback-keys': testCallbackKeys,
  'almanac/webhook-secret': `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
});

async function start(name: 'control' | 'callbacks', env: Record<string, string> = {}): Promise<LambdaProcess> {
  const lambda = await startLambda(`${bundles.folder}/${name}`, {
    ...secretsManagerEnvironment(manager),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ALMANAC_CALLBACK_KEYS_SECRET: 'almanac/callback-keys',
    ...(name === 'control'
      ? { ALMANAC_API_KEYS_SECRET: 'almanac/api-keys' }
      : { ALMANAC_WEBHOOK_SECRET_ARN: 'almanac/webhook-secret' }),
    ...env,
  });
  processes.push(lambda);
  return lambda;
}

describe('the bundle of control', () => {
  it('answers people with the keys of its secrets, and leaves the links to the other', async () => {
    manager = await startSecretsManager(secrets());
    const control = await start('control');
    expect(manager.calls).toEqual([]);
    const id = newId('lambda');
    expect((await control.call('POST', '/v1/schedules', { headers: asAdmin, body: yearly(id) })).statusCode).toBe(201);
    const described = await control.call('GET', `/v1/schedules/${id}`, { headers: asAdmin });
    expect(JSON.parse(described.body)).toMatchObject({ id, paused: false });
    expect((await control.call('DELETE', `/v1/schedules/${id}`, { headers: asAdmin })).statusCode).toBe(204);
    expect((await control.call('GET', '/v1/schedules')).statusCode).toBe(401);
    expect((await control.call('POST', '/v1/callbacks/a-token/complete', { body: {} })).statusCode).toBe(404);
    const contract = JSON.parse((await control.call('GET', '/openapi.json')).body);
    expect(Object.keys(contract.paths)).toContain('/v1/callbacks/{token}/complete');
    expect(manager.calls.toSorted()).toEqual([
      'GetSecretValue almanac/api-keys',
      'GetSecretValue almanac/callback-keys',
    ]);
    expect(control.output()).not.toContain(adminKey);
  });

  it('fails while a secret cannot be read, and works as soon as it can', async () => {
    manager = await startSecretsManager({ ...secrets(), 'almanac/api-keys': null });
    const control = await start('control');
    const failing = control.call('GET', '/v1/schedules', { headers: asAdmin });
    await expect(failing).rejects.toThrow('cannot read secret almanac/api-keys');
    manager.secrets.set('almanac/api-keys', secrets()['almanac/api-keys']);
    expect((await control.call('GET', '/v1/schedules', { headers: asAdmin })).statusCode).toBe(200);
  });

  it('reads its secrets side by side', async () => {
    manager = await startSecretsManager(secrets());
    let open = 0;
    let most = 0;
    manager.beforeAnswer = async () => {
      open += 1;
      most = Math.max(most, open);
      await sleep(200);
      open -= 1;
    };
    const control = await start('control');
    await control.call('GET', '/health');
    expect(most).toBe(2);
  });
});

describe('the bundle of callbacks', () => {
  it('answers links and nothing else', async () => {
    manager = await startSecretsManager(secrets());
    const callbacks = await start('callbacks');
    const refused = await callbacks.call('POST', '/v1/callbacks/a-token/complete', { body: {} });
    expect(JSON.parse(refused.body)).toMatchObject({ status: 404, code: 'not-found' });
    expect(refused.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect((await callbacks.call('GET', '/v1/callbacks/a-token')).statusCode).toBe(404);
    expect((await callbacks.call('DELETE', '/v1/callbacks/a-token')).statusCode).toBe(405);
    expect((await callbacks.call('GET', '/v1/schedules', { headers: asAdmin })).statusCode).toBe(404);
    expect(JSON.parse((await callbacks.call('GET', '/health')).body)).toHaveProperty('components');
    expect(manager.calls.toSorted()).toEqual([
      'GetSecretValue almanac/callback-keys',
      'GetSecretValue almanac/webhook-secret',
    ]);
  });
});

/** Longer than a connection is trusted without being looked at. */
const restMs = 5_500;

describe('a Lambda that was frozen', () => {
  async function startBehindProxy() {
    manager = await startSecretsManager(secrets());
    const proxy = await startTcpProxy(inject('temporalAddress'));
    proxies.push(proxy);
    const control = await start('control', { TEMPORAL_ADDRESS: proxy.address });
    const list = async () => {
      const begin = performance.now();
      const { statusCode } = await control.call('GET', '/v1/schedules', { headers: asAdmin });
      return { statusCode, ms: performance.now() - begin };
    };
    expect((await list()).statusCode).toBe(200);
    return { proxy, control, list };
  }

  it('uses its connection again when that is alive', async () => {
    const { proxy, control, list } = await startBehindProxy();
    control.freeze();
    await sleep(restMs);
    control.thaw();
    expect((await list()).statusCode).toBe(200);
    expect(proxy.made()).toBe(1);
  });

  it.each([
    ['was forgotten on the way', 'forget'],
    ['was reset', 'reset'],
  ] as const)('answers within 3 s when its connection %s', async (_what, lose) => {
    const { proxy, control, list } = await startBehindProxy();
    control.freeze();
    proxy[lose]();
    await sleep(restMs);
    control.thaw();
    const first = await list();
    expect(first.statusCode).toBe(200);
    expect(first.ms).toBeLessThan(3_000);
    expect(proxy.made()).toBe(2);
  });
});
