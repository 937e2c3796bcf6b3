import { pino } from 'pino';
import { z } from 'zod';
import { fillCertificate } from './cluster/fill-certificate.js';
import { createSecretStore, type SecretStore } from './secrets/secret-store.js';

const arn = z.string().startsWith('arn:');

const onEvent = z.discriminatedUnion('RequestType', [
  z.object({
    RequestType: z.enum(['Create', 'Update']),
    ResourceProperties: z.object({
      authoritySecretArn: arn,
      trustSecretArn: arn,
      serverSecretArn: arn,
      names: z.tuple([z.string().min(1)], z.string().min(1)),
    }),
  }),
  z.object({ RequestType: z.literal('Delete'), PhysicalResourceId: z.string() }),
]);

/** The custom resource that makes the certificates of a cluster of our own. Deleting it changes nothing: the secrets are resources of the stack. */
export function certificateHandler(
  createStore: () => SecretStore,
  log: { info(fields: object, message: string): void },
) {
  return async (event: unknown): Promise<{ PhysicalResourceId: string }> => {
    const request = onEvent.parse(event);
    if (request.RequestType === 'Delete') return { PhysicalResourceId: request.PhysicalResourceId };
    const { ResourceProperties: wanted } = request;
    const made = await fillCertificate(createStore(), wanted);
    log.info(
      { made, names: wanted.names },
      made.length === 0 ? 'the certificate is as it should be' : 'certificates were made',
    );
    return { PhysicalResourceId: `certificate-of-${wanted.serverSecretArn}` };
  };
}

export const handler = certificateHandler(
  () => createSecretStore(),
  pino({ base: { service: 'almanac-cluster-certificate' }, timestamp: pino.stdTimeFunctions.isoTime }),
);
