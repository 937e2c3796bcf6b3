import { pino } from 'pino';
import { z } from 'zod';
import { fillSecrets } from './secrets/fill-secrets.js';
import { createSecretStore, type SecretStore } from './secrets/secret-store.js';

/** ARN, or name. */
const secretId = z.string().min(1);

/** What the Provider framework of the CDK hands to `onEvent`, as far as it is used here. */
const onEvent = z.discriminatedUnion('RequestType', [
  z.object({
    RequestType: z.enum(['Create', 'Update']),
    PhysicalResourceId: z.string().optional(),
    ResourceProperties: z.object({
      callbackKeysSecretArn: secretId,
      webhookSecretArn: secretId,
      apiKeysSecretArn: secretId.optional(),
      adminKeySecretArn: secretId.optional(),
    }),
  }),
  z.object({ RequestType: z.literal('Delete'), PhysicalResourceId: z.string() }),
]);

/**
 * The custom resource that gives the secrets of a deployment their values. Deleting it changes nothing: the secrets are resources of the stack.
 *
 * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html#provider-framework
 */
export function secretsHandler(createStore: () => SecretStore, log: { info(fields: object, message: string): void }) {
  return async (event: unknown): Promise<{ PhysicalResourceId: string }> => {
    const request = onEvent.parse(event);
    if (request.RequestType === 'Delete') return { PhysicalResourceId: request.PhysicalResourceId };
    const { ResourceProperties: arns, PhysicalResourceId = `values-of-${arns.callbackKeysSecretArn}` } = request;
    const filled = await fillSecrets(createStore(), arns);
    log.info({ filled }, filled.length === 0 ? 'every secret has its value' : 'secrets got their values');
    return { PhysicalResourceId };
  };
}

export const handler = secretsHandler(
  () => createSecretStore(),
  pino({ base: { service: 'almanac-secrets' }, timestamp: pino.stdTimeFunctions.isoTime }),
);
