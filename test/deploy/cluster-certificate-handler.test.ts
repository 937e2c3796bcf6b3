import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { certificateHandler } from '../../src/deploy/cluster-certificate-handler.js';
import { createSecretStore } from '../../src/deploy/secrets/secret-store.js';
import { secretsManagerEnvironment, startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:almanac/${name}-a1b2c3`;
const arns = {
  authoritySecretArn: arnOf('temporal-authority'),
  trustSecretArn: arnOf('temporal-trust'),
  serverSecretArn: arnOf('temporal-certificate'),
};
const names = ['temporal.almanac.internal'];
const create = {
  RequestType: 'Create',
  ResourceProperties: { ServiceToken: 'arn:aws:lambda:x', ...arns, names, round: '1' },
};

let manager: TestSecretsManager;
let written: string;
const handler = certificateHandler(() => createSecretStore(), {
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

describe('the certificates of a cluster', () => {
  it('are made in the secrets, and nowhere else', async () => {
    const answer = await handler(create);
    const server = JSON.parse(manager.secrets.get(arns.serverSecretArn) ?? '');
    expect(new X509Certificate(server.certificate).checkHost(names[0] ?? '')).toBeDefined();
    expect(manager.secrets.get(arns.trustSecretArn)).not.toContain('PRIVATE KEY');
    expect(written).toContain('certificates were made');
    for (const text of [JSON.stringify(answer), written]) expect(text).not.toContain('KEY-----');
  });

  it('stay, under the same physical id, and outlive the custom resource', async () => {
    const { PhysicalResourceId } = await handler(create);
    const before = new Map(manager.secrets);
    expect(await handler({ ...create, RequestType: 'Update', PhysicalResourceId })).toEqual({ PhysicalResourceId });
    expect(await handler({ ...create, RequestType: 'Delete', PhysicalResourceId })).toEqual({ PhysicalResourceId });
    expect(manager.secrets).toEqual(before);
  });

  it('are not made for no name', async () => {
    await expect(handler({ ...create, ResourceProperties: { ...arns, names: [] } })).rejects.toThrow(/names/);
    expect(manager.calls).toEqual([]);
  });
});
