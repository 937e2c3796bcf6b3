import { Stack, type StackProps } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { createLogGroup } from '../constructs/log-group.js';
import type { Settings } from '../settings/schema.js';

export interface NetworkStackProps extends StackProps {
  readonly settings: Settings;
}

/** The VPC of everything that is not a Lambda: a new one, or an existing one by its id. */
export class NetworkStack extends Stack {
  readonly vpc: IVpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { network } = props.settings;
    this.vpc =
      network.vpcId === undefined
        ? this.#createVpc(props.settings)
        : Vpc.fromLookup(this, 'Vpc', { vpcId: network.vpcId });
  }

  #createVpc(settings: Settings): Vpc {
    const { availabilityZones, natGateways } = settings.network;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.40.0.0/16'),
      maxAzs: availabilityZones,
      natGateways,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'workers', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    vpc.addFlowLog('Rejected', {
      destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(this, 'FlowLog', settings, 'network/rejected')),
    });
    // S3 is the bulk of the traffic, and free this way; the others keep image pulls, logs and secrets off the internet.
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, SECRETS_MANAGER } = InterfaceVpcEndpointAwsService;
    for (const [name, service] of Object.entries({
      Ecr: ECR,
      EcrDocker: ECR_DOCKER,
      Logs: CLOUDWATCH_LOGS,
      Secrets: SECRETS_MANAGER,
    })) {
      vpc.addInterfaceEndpoint(name, { service });
    }
    return vpc;
  }
}
