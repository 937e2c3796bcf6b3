import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Cluster } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from '../../nag.js';
import type { Settings } from '../../settings/schema.js';
import { AlmanacFunction } from '../almanac-function.js';
import { createLogGroup } from '../log-group.js';
import type { ClusterTask } from './task.js';

export interface OneOffTasksProps {
  readonly settings: Settings;
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  readonly securityGroup: ISecurityGroup;
  /** Where the tasks write, for messages. */
  readonly logGroup: LogGroup;
}

/** Runs tasks of ECS as a part of the deploy: each when it is new and when its definition has changed, and the deploy waits for its end. */
export class OneOffTasks extends Construct {
  readonly #props: OneOffTasksProps;
  readonly #start: AlmanacFunction;
  readonly #provider: Provider;

  constructor(scope: Construct, id: string, props: OneOffTasksProps) {
    super(scope, id);
    this.#props = props;
    const { settings, cluster } = props;
    const create = (name: string, bundle: 'run-task' | 'task-done', description: string) =>
      new AlmanacFunction(this, name, {
        settings,
        bundle,
        description,
        environment: {},
        timeout: Duration.minutes(1),
      });
    this.#start = create('Start', 'run-task', 'Starts a one-off task');
    const done = create('Done', 'task-done', 'Has a one-off task ended?');
    const { partition, region, account } = Stack.of(this);
    const tasks = `arn:${partition}:ecs:${region}:${account}:task/${cluster.clusterName}/*`;
    done.role.addToPolicy(new PolicyStatement({ actions: ['ecs:DescribeTasks'], resources: [tasks] }));
    acknowledgeWildcard(done.role, tasks, 'A task has no name before it runs; these are the tasks of one cluster.');
    this.#provider = this.#createProvider(done);
  }

  /** The resource to depend on, or to let depend: CloudFormation goes on when the task has ended with 0. */
  run(name: string, { definition, executionRole, taskRole }: ClusterTask): CustomResource {
    const { cluster, vpc, securityGroup, logGroup } = this.#props;
    const { role } = this.#start;
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:RunTask'],
        resources: [definition.taskDefinitionArn],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [executionRole.roleArn, taskRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
    const task = new CustomResource(this, name, {
      serviceToken: this.#provider.serviceToken,
      resourceType: 'Custom::AlmanacOneOffTask',
      properties: {
        name,
        cluster: cluster.clusterArn,
        taskDefinition: definition.taskDefinitionArn,
        subnets: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
        securityGroups: [securityGroup.securityGroupId],
        logGroup: logGroup.logGroupName,
      },
    });
    // Permissions first: those of the Lambda, and those by which ECS starts the task.
    task.node.addDependency(role, executionRole, taskRole);
    return task;
  }

  #createProvider(done: AlmanacFunction): Provider {
    const logGroup = createLogGroup(this, 'ProviderLog', this.#props.settings, 'lambda/one-off-tasks-provider');
    const createRole = (id: string, ...called: AlmanacFunction[]): Role => {
      const role = new Role(this, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      logGroup.grantWrite(role);
      for (const { lambda } of called) {
        acknowledgeWildcard(role, `${lambda.functionArn}:*`, 'The framework calls every version of this one Lambda.');
      }
      return role;
    };
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.#start.lambda,
      isCompleteHandler: done.lambda,
      frameworkOnEventRole: createRole('StartRole', this.#start, done),
      frameworkCompleteAndTimeoutRole: createRole('DoneRole', this.#start, done),
      queryInterval: Duration.seconds(10),
      totalTimeout: Duration.minutes(30),
      logGroup,
    });
    acknowledgeWaiter(provider);
    return provider;
  }
}

function acknowledgeWaiter(provider: Provider): void {
  const reason =
    'The waiter of the CDK’s own framework: it asks one Lambda every ten seconds, whose log says the same as its own would.';
  for (const rule of ['AwsSolutions-SF1', 'AwsSolutions-SF2']) acknowledge(provider, rule, reason);
  for (const id of ['framework-isComplete', 'framework-onTimeout']) {
    const called = provider.node.findChild(id);
    if (!(called instanceof LambdaFunction)) throw new TypeError(`${id} of the CDK’s provider is no Lambda`);
    acknowledgeWildcard(provider, `${called.functionArn}:*`, 'The waiter calls every version of this one Lambda.');
  }
}
