import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface SecretStore {
  /** Its text, without space around it; undefined when it has none yet. */
  read(arn: string): Promise<string | undefined>;
  write(arn: string, text: string): Promise<void>;
}

/** AWS Secrets Manager, with the credentials and the region that the SDK finds. Errors name the secret; a value is in none. */
export function createSecretStore(client = new SecretsManagerClient({})): SecretStore {
  return {
    async read(arn) {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
        return SecretString?.trim();
      } catch (error) {
        // Both of a secret that is not there and of one that never got a value; the first shows when it is written.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw failed('read', arn, error);
      }
    },
    async write(arn, text) {
      try {
        await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: text }));
      } catch (error) {
        throw failed('write', arn, error);
      }
    },
  };
}

function failed(what: string, arn: string, error: unknown): Error {
  return new Error(`cannot ${what} secret ${arn}: ${error instanceof Error ? error.message : String(error)}`);
}
