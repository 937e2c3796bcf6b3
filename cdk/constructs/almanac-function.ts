import type { Duration } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import { type LambdaBundle, lambdaCode } from './lambda-code.js';
import { createLogGroup } from './log-group.js';

export interface AlmanacFunctionProps {
  readonly settings: Settings;
  readonly bundle: LambdaBundle;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** MiB; 512 unless said. CPU comes with it. */
  readonly memorySize?: number;
  readonly reservedConcurrency?: number | undefined;
  /** Only where Temporal is inside of it: elsewhere a Lambda starts faster without. */
  readonly vpc?: IVpc | undefined;
}

/** A Lambda of ours: one bundle, a role that may write its own log and nothing else until it is granted, a log group with an end. */
export class AlmanacFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly securityGroup: ISecurityGroup | undefined;

  constructor(scope: Construct, id: string, props: AlmanacFunctionProps) {
    super(scope, id);
    const { settings, bundle, vpc } = props;
    this.logGroup = createLogGroup(this, 'Log', settings, `lambda/${bundle}`);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${prefixOf(settings)} ${bundle}`,
    });
    this.logGroup.grantWrite(this.role);
    if (vpc !== undefined) this.#mayJoinVpc();
    this.securityGroup =
      vpc && new SecurityGroup(this, 'SecurityGroup', { vpc, description: `${prefixOf(settings)} ${bundle}` });
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName: `${prefixOf(settings)}-${bundle}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: lambdaCode(bundle),
      handler: 'index.handler',
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.TEXT,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      environment: { ...props.environment },
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(vpc === undefined || this.securityGroup === undefined
        ? {}
        : { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, securityGroups: [this.securityGroup] }),
    });
  }

  /** What AWSLambdaVPCAccessExecutionRole allows beside logs. */
  #mayJoinVpc(): void {
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
        resources: ['*'],
      }),
    );
    acknowledge(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'The network interfaces of a Lambda in a VPC have no names before they exist, and describing them knows no resource.',
    );
  }
}
