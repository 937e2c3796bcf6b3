import { CfnResource, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { existingVpc } from '../constructs/existing-vpc.js';
import { createLogGroup } from '../constructs/log-group.js';
import { acknowledge } from '../nag.js';
import type { Settings } from '../settings/schema.js';

export interface NetworkStackProps extends StackProps {
  readonly settings: Settings;
}

/** Addresses of a new VPC. */
const cidr = '10.40.0.0/16';

/** The VPC of everything that is not a Lambda: a new one, or an existing one by its id. */
export class NetworkStack extends Stack {
  readonly vpc: IVpc;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    super(scope, id, props);
    const { network } = props.settings;
    this.vpc =
      network.vpcId === undefined
        ? this.#createVpc(props.settings)
        : existingVpc(this, network.vpcId, network.subnets, props.env?.account);
    if (network.vpcId !== undefined) {
      acknowledge(
        this,
        'CloudFormation-Validate::F0001',
        'An existing VPC gets nothing: CDK passes over an empty stack.',
      );
    }
  }

  /** By place in the region, not by name: asking for the names would take credentials. */
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }

  #createVpc(settings: Settings): Vpc {
    const { availabilityZones, natGateways } = settings.network;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      maxAzs: availabilityZones,
      natGateways,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'workers', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    vpc.addFlowLog('Rejected', {
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(createLogGroup(this, 'FlowLog', settings, 'network/rejected')),
    });
    this.#endLogsOf('Custom::VpcRestrictDefaultSGCustomResourceProvider', settings);
    // S3 is the bulk of the traffic, and free this way; the others keep image pulls, logs and secrets off the internet.
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    const endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc,
      description: 'Endpoints of AWS services: TLS from inside the VPC',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(Peer.ipv4(cidr), Port.HTTPS, 'from inside the VPC');
    const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, SECRETS_MANAGER } = InterfaceVpcEndpointAwsService;
    for (const [name, service] of Object.entries({
      Ecr: ECR,
      EcrDocker: ECR_DOCKER,
      Logs: CLOUDWATCH_LOGS,
      Secrets: SECRETS_MANAGER,
    })) {
      vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [endpoints] });
    }
    return vpc;
  }

  /** The Lambda of a custom resource of CDK's own, which would write to a log group without an end. */
  #endLogsOf(provider: string, settings: Settings): void {
    const handler = this.node.findChild(provider).node.findChild('Handler');
    if (!(handler instanceof CfnResource)) throw new TypeError(`${provider} of the CDK has no Lambda`);
    const { logGroupName } = createLogGroup(this, 'ProviderLog', settings, 'lambda/network-provider');
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
  }
}
