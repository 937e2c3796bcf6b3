import { adminKey, apiKeys, callbackKeyring, webhookSecret } from './generate.js';
import type { SecretStore } from './secret-store.js';

/** ARNs of the secrets to fill; the last two are absent where the API keys are a secret of the user's own. */
export interface SecretArns {
  callbackKeysSecretArn: string;
  webhookSecretArn: string;
  apiKeysSecretArn?: string | undefined;
  adminKeySecretArn?: string | undefined;
}

export type Filled = 'callbackKeys' | 'webhookSecret' | 'adminKey' | 'apiKeys';

/**
 * Gives every secret that has no valid value a generated one, and leaves the others as they are. May be repeated, also after it was cut off
 * at any point: what is there then decides.
 *
 * @returns which ones got a value; never a value
 */
export async function fillSecrets(store: SecretStore, arns: SecretArns): Promise<Filled[]> {
  const filled = await Promise.all([
    fill(store, arns.callbackKeysSecretArn, callbackKeyring).then((isNew) => (isNew ? ['callbackKeys' as const] : [])),
    fill(store, arns.webhookSecretArn, webhookSecret).then((isNew) => (isNew ? ['webhookSecret' as const] : [])),
    fillApiKeys(store, arns),
  ]);
  return filled.flat();
}

interface Kind {
  generate(): string;
  isValid(text: string): boolean;
}

/** @returns whether there was none */
async function fill(store: SecretStore, arn: string, kind: Kind): Promise<boolean> {
  const text = await store.read(arn);
  if (text !== undefined && kind.isValid(text)) return false;
  await store.write(arn, kind.generate());
  return true;
}

/**
 * The admin's key is written before its hash: cut off between the two, the next time finds the key and makes the list of it. A list that is
 * there is somebody's, so it stays, and no key is made that it would not know.
 */
async function fillApiKeys(store: SecretStore, arns: SecretArns): Promise<Filled[]> {
  const { apiKeysSecretArn, adminKeySecretArn } = arns;
  if (apiKeysSecretArn === undefined || adminKeySecretArn === undefined) return [];
  const list = await store.read(apiKeysSecretArn);
  if (list !== undefined && apiKeys.isValid(list)) return [];
  const isNew = await fill(store, adminKeySecretArn, adminKey);
  // Read back: of two at once, both make the list of the key that stayed.
  const key = await store.read(adminKeySecretArn);
  if (key === undefined) throw new Error(`secret ${adminKeySecretArn} was written and has no value`);
  await store.write(apiKeysSecretArn, apiKeys.of(key));
  return isNew ? ['adminKey', 'apiKeys'] : ['apiKeys'];
}
