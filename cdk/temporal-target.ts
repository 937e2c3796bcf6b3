import type { IConnectable, ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/**
 * How workers and Lambdas reach Temporal, whatever the mode: what the stacks of worker, API and schedules are given, so that none
 * of them knows where Temporal runs.
 */
export interface TemporalTarget {
  /** host:port. */
  readonly address: string;
  readonly namespace: string;
  readonly tls:
    | {
        readonly serverName?: string /** Certificate authority, PEM, of a cluster of our own. */;
        readonly caSecret?: ISecret;
      }
    | undefined;
  /** Its text is the API key. */
  readonly apiKey: ISecret | undefined;
  /** Only a cluster of our own: reached inside the VPC, by those that it was opened to. */
  readonly inside:
    | { readonly securityGroup: ISecurityGroup; allow(client: IConnectable, description: string): void }
    | undefined;
}

/** Variables by which Temporal's own envconfig finds it (`TEMPORAL_*`); secrets are not among them. */
export function temporalEnvironment({ address, namespace, tls, apiKey }: TemporalTarget): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    // An API key switches TLS on by itself.
    ...(tls === undefined || apiKey !== undefined ? {} : { TEMPORAL_TLS: 'true' }),
    ...(tls?.serverName === undefined ? {} : { TEMPORAL_TLS_SERVER_NAME: tls.serverName }),
  };
}
