import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findByKey } from '../../src/api/auth/api-keys.js';
import { openApiKeys, openCallbackKeys, openTemporalAccess, openWebhookSecret } from '../../src/api/entry-secrets.js';
import { loadApiConfig } from '../../src/config.js';
import { verifyByCurrent } from '../../src/services/callbacks/signature.js';
import { memoryLog, testCallbackKeys } from '../support/api.js';
import { secretsManagerEnvironment, startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';

const keysOf = (...keys: string[]) =>
  JSON.stringify(
    keys.map((key) => ({ name: key, role: 'viewer', sha256: createHash('sha256').update(key).digest('hex') })),
  );
const webhookSecret = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;

let manager: TestSecretsManager;
beforeEach(async () => {
  // Only the clock: the client of the SDK waits by real timers.
  vi.useFakeTimers({ toFake: ['Date'] });
  manager = await startSecretsManager({
    keys: keysOf('first'),
    webhook: webhookSecret(1),
    ring: testCallbackKeys,
    temporal: 'temporal-key-1\n',
    ca: '-----BEGIN CERTIFICATE-----',
  });
  for (const [name, value] of Object.entries(secretsManagerEnvironment(manager))) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await manager.close();
});

const config = (env: Record<string, string>) => loadApiConfig({ TEMPORAL_CONFIG_FILE: '/none.toml', ...env });
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe('API keys in a secret', () => {
  it('are read again for a key that is not among them, at most every 30 s', async () => {
    const keys = await openApiKeys(config({ ALMANAC_API_KEYS_SECRET: 'keys' }), memoryLog());
    if (typeof keys !== 'function') throw new Error('no source');
    manager.secrets.set('keys', keysOf('first', 'second'));
    expect(findByKey(await keys('second'), 'second')).toBeUndefined();
    later(30_000);
    expect(findByKey(await keys('second'), 'second')).toMatchObject({ name: 'second' });
    for (const made of ['up', 'and', 'up']) await keys(made);
    expect(manager.calls).toHaveLength(2);
  });

  it('that were taken away open nothing after five minutes', async () => {
    const keys = await openApiKeys(config({ ALMANAC_API_KEYS_SECRET: 'keys' }), memoryLog());
    if (typeof keys !== 'function') throw new Error('no source');
    manager.secrets.set('keys', keysOf('other'));
    later(299_000);
    expect(findByKey(await keys('first'), 'first')).toBeDefined();
    later(1_000);
    expect(findByKey(await keys('first'), 'first')).toBeUndefined();
  });

  it('stay in use when the secret breaks, which the log tells without the text', async () => {
    const log = memoryLog();
    const keys = await openApiKeys(config({ ALMANAC_API_KEYS_SECRET: 'keys' }), log);
    if (typeof keys !== 'function') throw new Error('no source');
    manager.secrets.set('keys', 'not-json-but-secret');
    later(300_000);
    expect(findByKey(await keys('first'), 'first')).toBeDefined();
    expect(log.lines.map(({ message }) => message)).toEqual([
      'a secret cannot be read again: the last value stays in use',
    ]);
    expect(String(log.lines[0]?.fields.err)).not.toContain('not-json-but-secret');
  });

  it('of the environment go first', async () => {
    const given = keysOf('given');
    const both = config({ ALMANAC_API_KEYS: given, ALMANAC_API_KEYS_SECRET: 'keys' });
    expect(await openApiKeys(both, memoryLog())).toBe(given);
    expect(manager.calls).toEqual([]);
  });
});

describe('a webhook secret', () => {
  it('is read again when a signature is not by the one that is known', async () => {
    const { Webhook } = await import('standardwebhooks');
    const source = await openWebhookSecret(config({ ALMANAC_WEBHOOK_SECRET_ARN: 'webhook' }), memoryLog());
    if (typeof source !== 'function') throw new Error('no source');
    const body = Buffer.from('{}');
    const signedBy = (byte: number) => {
      const sent = new Date();
      return {
        'webhook-id': 'msg-1',
        'webhook-timestamp': String(Math.floor(sent.getTime() / 1000)),
        'webhook-signature': new Webhook(webhookSecret(byte)).sign('msg-1', sent, '{}'),
      };
    };
    expect(await verifyByCurrent(source, signedBy(1), body)).toBe('msg-1');
    manager.secrets.set('webhook', webhookSecret(2));
    await expect(verifyByCurrent(source, signedBy(2), body)).rejects.toMatchObject({ code: 'unauthenticated' });
    later(30_000);
    expect(await verifyByCurrent(source, signedBy(2), body)).toBe('msg-1');
    await expect(verifyByCurrent(source, signedBy(3), body)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(manager.calls).toHaveLength(2);
  });

  it('of another form is refused at the start', async () => {
    manager.secrets.set('webhook', 'a-plain-text');
    const opening = openWebhookSecret(config({ ALMANAC_WEBHOOK_SECRET_ARN: 'webhook' }), memoryLog());
    await expect(opening).rejects.toThrow('the webhook secret is not usable');
  });
});

describe('access to Temporal', () => {
  it('has the API key of its secret, and a new one without a new connection', async () => {
    const access = await openTemporalAccess(config({ ALMANAC_TEMPORAL_API_KEY_SECRET: 'temporal' }), memoryLog());
    const { apiKey } = access.connection;
    if (typeof apiKey !== 'function') throw new Error('no source');
    expect(apiKey()).toBe('temporal-key-1');
    manager.secrets.set('temporal', 'temporal-key-2');
    await access.refresh(false);
    expect(apiKey()).toBe('temporal-key-1');
    later(30_000);
    await access.refresh(true);
    expect(apiKey()).toBe('temporal-key-2');
  });

  it('trusts the authority of its secret beside what TEMPORAL_TLS_* say', async () => {
    const env = {
      ALMANAC_TEMPORAL_CA_SECRET: 'ca',
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.almanac',
    };
    const { connection } = await openTemporalAccess(config(env), memoryLog());
    expect(connection.tls).toMatchObject({
      serverNameOverride: 'temporal.almanac',
      serverRootCACertificate: Buffer.from('-----BEGIN CERTIFICATE-----'),
    });
    expect(connection.apiKey).toBeUndefined();
  });
});

it('a keyring is followed in the same way', async () => {
  const keys = await openCallbackKeys(config({ ALMANAC_CALLBACK_KEYS_SECRET: 'ring' }), memoryLog());
  manager.secrets.set('ring', testCallbackKeys.replaceAll('"test"', '"fresh"'));
  expect((await keys?.('fresh'))?.current).toBe('test');
  later(30_000);
  expect((await keys?.('fresh'))?.current).toBe('fresh');
});
