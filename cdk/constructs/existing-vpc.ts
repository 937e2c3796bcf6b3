import { Annotations } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { AlmanacError } from '../../src/domain/errors.js';
import type { Settings } from '../settings/schema.js';

type Subnets = Settings['network']['subnets'];

/**
 * A VPC that is there already. With its subnets in the settings nothing is looked up, so that synth needs no credentials; without them
 * CDK asks the account for them, once, and keeps the answer in cdk.context.json.
 *
 * @throws AlmanacError invalid-input when it would have to be looked up and no account is known
 */
export function existingVpc(scope: Construct, vpcId: string, subnets: Subnets, account: string | undefined): IVpc {
  if (subnets === undefined) {
    if (account === undefined) throw unknownAccount(vpcId);
    return Vpc.fromLookup(scope, 'Vpc', { vpcId });
  }
  const zones = Object.entries(subnets).sort(([a], [b]) => (a < b ? -1 : 1));
  const data = zones.flatMap(([, zone]) => (zone.data === undefined ? [] : [zone.data]));
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    availabilityZones: zones.map(([name]) => name),
    privateSubnetIds: zones.map(([, { workers }]) => workers),
    ...(data.length === 0 ? {} : { isolatedSubnetIds: data }),
  });
  for (const subnet of [...vpc.privateSubnets, ...vpc.isolatedSubnets]) {
    Annotations.of(subnet).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'Nothing here routes: an existing VPC is taken as it is.',
    );
  }
  return vpc;
}

function unknownAccount(vpcId: string): AlmanacError {
  const message =
    'its subnets would be looked up in its account, and none is known: name them in network.subnets, or say account, or have AWS credentials';
  return new AlmanacError('invalid-input', 'the existing VPC is not known well enough', {
    details: [{ path: 'network.vpcId', message, value: vpcId }],
  });
}
