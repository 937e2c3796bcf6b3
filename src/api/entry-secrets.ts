import { openKeyring } from '../clients/keyring.js';
import { type Refreshed, refreshed } from '../clients/refreshed.js';
import { createSecretReader } from '../clients/secrets.js';
import type { TemporalSettings } from '../clients/temporal.js';
import type { ApiConfig } from '../config.js';
import type { KeyringSource } from '../domain/callback/keyring.js';
import { AlmanacError } from '../domain/errors.js';
import type { WebhookSecretSource } from '../services/callbacks/signature.js';
import { type ApiKeySource, findByKey, parseApiKeys } from './auth/api-keys.js';
import type { ApiLog } from './log.js';

/**
 * Secrets of an API process. Each is the text that the environment gave, or read from AWS Secrets Manager, kept for minutes, and read again
 * when it fails to verify what a caller sent. These open one and read it for the first time, so that an unusable one is seen at the start.
 */

/** @returns the JSON text, a source that follows the secret, or undefined when none is configured */
export async function openApiKeys(config: ApiConfig, log: ApiLog): Promise<string | ApiKeySource | undefined> {
  if (config.apiKeys !== undefined) return config.apiKeys;
  const keys = await followed(config.secrets.apiKeys, config, log, parseApiKeys);
  if (keys === undefined) return undefined;
  return (credential) => keys((known) => credential !== undefined && findByKey(known, credential) === undefined);
}

export async function openCallbackKeys(config: ApiConfig, log: ApiLog): Promise<KeyringSource | undefined> {
  return openKeyring(config.callbackKeys, config.aws, (error) => log.error({ err: error }, staysInUse));
}

export async function openWebhookSecret(
  config: ApiConfig,
  log: ApiLog,
): Promise<string | WebhookSecretSource | undefined> {
  if (config.webhookSecret !== undefined) return config.webhookSecret;
  const secret = await followed(config.secrets.webhook, config, log, parseWebhookSecret);
  if (secret === undefined) return undefined;
  return (refused) => secret((known) => known === refused);
}

export interface TemporalAccess extends TemporalSettings {
  /** Reads the API key again when it is old, or when the last calls make it doubtful. */
  refresh(isDoubtful: boolean): Promise<void>;
}

/** Temporal's settings with the API key and the certificate authority of their secrets, where these are configured. */
export async function openTemporalAccess(config: ApiConfig, log: ApiLog): Promise<TemporalAccess> {
  const { connection, namespace } = config.temporal;
  const { temporalApiKey, temporalCa } = config.secrets;
  const [key, ca] = await Promise.all([
    connection.apiKey === undefined ? followed(temporalApiKey, config, log, parseTemporalKey) : undefined,
    temporalCa === undefined ? undefined : createSecretReader(config.aws)(temporalCa),
  ]);
  const tls = typeof connection.tls === 'object' ? connection.tls : {};
  let current = await key?.();
  const refresh = async (isDoubtful: boolean): Promise<void> => {
    current = await key?.(() => isDoubtful);
  };
  // Asked for at each call: a new key needs no new connection, and this call goes out with the last one.
  const apiKey = (): string => {
    void refresh(false);
    return current ?? '';
  };
  return {
    namespace,
    connection: {
      ...connection,
      ...(key === undefined ? {} : { apiKey }),
      ...(ca === undefined ? {} : { tls: { ...tls, serverRootCACertificate: Buffer.from(ca) } }),
    },
    refresh,
  };
}

const staysInUse = 'a secret cannot be read again: the last value stays in use';

/** Read for the first time here. */
async function followed<T>(
  secret: string | undefined,
  { aws }: ApiConfig,
  log: ApiLog,
  parse: (text: string) => T,
): Promise<Refreshed<T> | undefined> {
  if (secret === undefined) return undefined;
  const read = createSecretReader(aws);
  const source = refreshed(
    async () => parse(await read(secret)),
    (error) => log.error({ err: error }, staysInUse),
  );
  await source();
  return source;
}

function parseWebhookSecret(text: string): string {
  const secret = text.trim();
  if (/^whsec_[A-Za-z0-9+/=]+$/.test(secret)) return secret;
  throw new AlmanacError('invalid-input', 'the webhook secret is not usable: it must be whsec_ and base64');
}

function parseTemporalKey(text: string): string {
  const key = text.trim();
  if (key !== '') return key;
  throw new AlmanacError('invalid-input', 'the secret with the API key of Temporal is empty');
}
