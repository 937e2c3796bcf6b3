import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseApiKeys } from '../../src/api/auth/api-keys.js';
import { createSecretStore } from '../../src/deploy/secrets/secret-store.js';
import { secretsHandler } from '../../src/deploy/secrets-handler.js';
import { parseKeyring } from '../../src/domain/callback/keyring.js';
import { secretsManagerEnvironment, startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';

const arns = {
  callbackKeysSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:almanac/callback-keys-a1b2c3',
  webhookSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:almanac/webhook-secret-a1b2c3',
  apiKeysSecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:almanac/api-keys-a1b2c3',
  adminKeySecretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:almanac/admin-key-a1b2c3',
};
const create = { RequestType: 'Create', ResourceProperties: { ServiceToken: 'arn:aws:lambda:x', ...arns } };

let manager: TestSecretsManager;
let written: string;
const handler = secretsHandler(() => createSecretStore(), {
  info: (fields, message) => {
    written += JSON.stringify({ ...fields, message });
  },
});

beforeEach(async () => {
  manager = await startSecretsManager(Object.fromEntries(Object.values(arns).map((arn) => [arn, null])));
  for (const [name, value] of Object.entries(secretsManagerEnvironment(manager))) vi.stubEnv(name, value);
  written = '';
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await manager.close();
});

const textOf = (name: keyof typeof arns): string => manager.secrets.get(arns[name]) ?? '';
const puts = () => manager.calls.filter((call) => call.startsWith('PutSecretValue'));

describe('the values of the secrets', () => {
  it('are generated, each in the form in which it is read', async () => {
    const answer = await handler(create);
    expect(parseKeyring(textOf('callbackKeysSecretArn')).keys.size).toBe(1);
    expect(textOf('webhookSecretArn')).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const [admin, ...others] = parseApiKeys(textOf('apiKeysSecretArn'));
    expect(others).toEqual([]);
    expect(admin).toMatchObject({ name: 'admin', role: 'admin' });
    const digest = createHash('sha256').update(textOf('adminKeySecretArn')).digest();
    expect(admin?.sha256.equals(digest)).toBe(true);
    expect(written).toContain('secrets got their values');
    for (const value of manager.secrets.values()) {
      expect(JSON.stringify(answer)).not.toContain(value);
      expect(written).not.toContain(value);
    }
  });

  it('stay when they are asked for again, under the same physical id', async () => {
    const { PhysicalResourceId } = await handler(create);
    const before = new Map(manager.secrets);
    expect((await handler(create)).PhysicalResourceId).toBe(PhysicalResourceId);
    expect(await handler({ ...create, RequestType: 'Update', PhysicalResourceId })).toEqual({ PhysicalResourceId });
    expect(manager.secrets).toEqual(before);
    expect(puts()).toHaveLength(4);
  });

  it('of people are kept: a rotated ring, more API keys, a webhook secret of their own', async () => {
    const own = {
      callbackKeysSecretArn: JSON.stringify({
        current: 'b',
        keys: [
          { kid: 'b', secret: 'B'.repeat(43), createdAt: '2026-02-01T00:00:00Z' },
          { kid: 'a', secret: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z', retiredAt: '2026-02-01T00:00:00Z' },
        ],
      }),
      webhookSecretArn: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
      apiKeysSecretArn: JSON.stringify([{ name: 'ci', role: 'operator', sha256: 'a'.repeat(64) }]),
    } as const;
    for (const [name, text] of Object.entries(own)) manager.secrets.set(arns[name as keyof typeof own], `${text}\n`);
    await handler(create);
    expect(puts()).toEqual([]);
    // The list is theirs: a key that it does not know would open nothing.
    expect(manager.secrets.get(arns.adminKeySecretArn)).toBeNull();
  });

  it.each([
    ['a text that is no ring', 'callbackKeysSecretArn', '{"password":"generated"}'],
    ['a short secret', 'webhookSecretArn', 'whsec_AAAA'],
    ['an empty list', 'apiKeysSecretArn', '[]'],
    ['an empty key', 'adminKeySecretArn', ''],
  ] as const)('replace %s', async (_what, name, text) => {
    manager.secrets.set(arns[name], text);
    await handler(create);
    expect(textOf(name)).not.toBe(text);
    expect(puts()).toHaveLength(4);
  });

  it.each([1, 2, 3, 4])('are whole after a run that died at its write %i and another one', async (nth) => {
    let writes = 0;
    manager.beforeAnswer = (call) => {
      if (call.startsWith('Put') && ++writes >= nth) throw new Error('the process is gone');
    };
    await expect(handler(create)).rejects.toThrow('cannot write secret');
    const before = [...manager.secrets].filter(([, text]) => text !== null);
    manager.beforeAnswer = () => undefined;
    await handler(create);
    for (const [arn, text] of before) expect(manager.secrets.get(arn)).toBe(text);
    const digest = createHash('sha256').update(textOf('adminKeySecretArn')).digest();
    expect(parseApiKeys(textOf('apiKeysSecretArn'))[0]?.sha256.equals(digest)).toBe(true);
    expect(parseKeyring(textOf('callbackKeysSecretArn')).keys.size).toBe(1);
  });

  it('need no admin where the API keys are a secret of the user’s own', async () => {
    const { callbackKeysSecretArn, webhookSecretArn } = arns;
    await handler({ ...create, ResourceProperties: { callbackKeysSecretArn, webhookSecretArn } });
    expect(puts()).toHaveLength(2);
    expect(manager.calls.some((call) => call.includes('api-keys') || call.includes('admin-key'))).toBe(false);
  });

  it('outlive the custom resource', async () => {
    const { PhysicalResourceId } = await handler(create);
    const calls = manager.calls.length;
    const gone = { RequestType: 'Delete', PhysicalResourceId, ResourceProperties: arns };
    expect(await handler(gone)).toEqual({ PhysicalResourceId });
    expect(manager.calls).toHaveLength(calls);
  });

  it('that cannot be read fail the deploy by the name of the secret', async () => {
    manager.beforeAnswer = () => {
      throw new Error('not allowed');
    };
    await expect(handler(create)).rejects.toThrow(/cannot read secret arn:.*not allowed/);
  });
});
