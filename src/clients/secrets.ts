import { AlmanacError } from '../domain/errors.js';

/** Reads the text of a secret of AWS Secrets Manager by its name or ARN. @throws AlmanacError that names the secret, never its value */
export type SecretReader = (secret: string) => Promise<string>;

/** Longest time of one try in milliseconds: callers of a link wait for it, and an answer is due within 8 s. */
const tryMs = 1_000;

/** With the credentials that the SDK finds. The SDK is loaded by the first read: most processes have no secret there. */
export function createSecretReader({ region }: { region: string }): SecretReader {
  let loading: ReturnType<typeof load> | undefined;
  return async (secret) => {
    try {
      loading ??= load(region);
      const { client, GetSecretValueCommand } = await loading;
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
      return SecretString ?? '';
    } catch (error) {
      throw new AlmanacError('invalid-input', `cannot read secret ${secret}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
}

async function load(region: string) {
  const { GetSecretValueCommand, SecretsManagerClient } = await import('./secrets-sdk.js');
  const requestHandler = { connectionTimeout: tryMs, requestTimeout: tryMs, throwOnRequestTimeout: true };
  return { client: new SecretsManagerClient({ region, maxAttempts: 2, requestHandler }), GetSecretValueCommand };
}
