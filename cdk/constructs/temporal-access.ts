import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import { type TemporalTarget, temporalEnvironment } from '../temporal-target.js';
import type { AlmanacFunction } from './almanac-function.js';

/** Variables of a Lambda that speaks to Temporal. It reads the secrets itself, by their ARN: none is in its configuration. */
export function temporalLambdaEnvironment(target: TemporalTarget): Record<string, string> {
  return {
    ...temporalEnvironment(target),
    ...(target.apiKey === undefined ? {} : { ALMANAC_TEMPORAL_API_KEY_SECRET: target.apiKey.secretArn }),
    ...(target.tls?.caSecret === undefined ? {} : { ALMANAC_TEMPORAL_CA_SECRET: target.tls.caSecret.secretArn }),
  };
}

/** Lets a Lambda read those secrets, and reach a cluster inside the VPC. */
export function allowTemporal({ lambda, role }: AlmanacFunction, target: TemporalTarget, description: string): void {
  target.apiKey?.grantRead(role);
  target.tls?.caSecret?.grantRead(role);
  target.inside?.allow(lambda, description);
}

/** The VPC that a Lambda has to be in to reach Temporal: none unless the cluster is inside. */
export function vpcFor(target: TemporalTarget, vpc: IVpc | undefined): IVpc | undefined {
  return target.inside === undefined ? undefined : vpc;
}

/** Variables that ECS injects from secrets, under the names that Temporal's own envconfig reads. */
export function temporalTaskSecrets({ apiKey, tls }: TemporalTarget): Record<string, TaskSecret> {
  return {
    ...(apiKey === undefined ? {} : { TEMPORAL_API_KEY: TaskSecret.fromSecretsManager(apiKey) }),
    ...(tls?.caSecret === undefined
      ? {}
      : { TEMPORAL_TLS_SERVER_CA_CERT_DATA: TaskSecret.fromSecretsManager(tls.caSecret) }),
  };
}
