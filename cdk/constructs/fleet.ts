import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Cluster, FargateService } from 'aws-cdk-lib/aws-ecs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from '../nag.js';
import { metricNamespace, prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import type { TemporalTarget } from '../temporal-target.js';
import { AlmanacFunction } from './almanac-function.js';
import { createLogGroup } from './log-group.js';
import { createProvider } from './provider.js';
import { allowTemporal, temporalLambdaEnvironment, vpcFor } from './temporal-access.js';

export interface FleetProps {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly service: FargateService;
  readonly buildId: string;
  readonly temporal: TemporalTarget;
  readonly vpc: IVpc;
}

/**
 * Looks after the workers from outside of them. Every minute: publishes the backlog, makes the deployed version the one that new runs
 * start on, deletes the services of versions that have no run left. At a deploy: waits until the new version polls and is current, so
 * that what comes after finds it. When the stack goes: deletes the services that CloudFormation let go.
 */
export class Fleet extends Construct {
  readonly function: AlmanacFunction;

  constructor(scope: Construct, id: string, props: FleetProps) {
    super(scope, id);
    const { settings, cluster, service, buildId, temporal } = props;
    this.function = new AlmanacFunction(this, 'Watch', {
      settings,
      bundle: 'fleet',
      description: 'Backlog, current version and old versions of the workers',
      environment: {
        ...temporalLambdaEnvironment(temporal),
        ALMANAC_TASK_QUEUE: settings.worker.taskQueue,
        ALMANAC_WORKER_DEPLOYMENT: prefixOf(settings),
        ALMANAC_WORKER_BUILD_ID: buildId,
        ALMANAC_FLEET_CLUSTER: cluster.clusterName,
        ALMANAC_FLEET_SERVICE: service.serviceName,
        ALMANAC_FLEET_MIN: String(settings.worker.min),
        ALMANAC_METRICS_NAMESPACE: metricNamespace,
      },
      // A deploy waits for the new version, a removal for the last task to stop.
      timeout: Duration.minutes(14),
      vpc: vpcFor(temporal, props.vpc),
    });
    allowTemporal(this.function, temporal, 'fleet');
    this.#allowServices(cluster);
    new Rule(this, 'EveryMinute', {
      description: `Looks after the workers of ${prefixOf(settings)}`,
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaTarget(this.function.lambda, { retryAttempts: 0 })],
    });
    const provider = createProvider(this, 'Provider', {
      onEvent: this.function,
      logGroup: createLogGroup(this, 'ProviderLog', settings, 'lambda/fleet-provider'),
    });
    const version = new CustomResource(this, 'Version', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::AlmanacWorkerVersion',
      properties: { buildId, cluster: cluster.clusterName },
    });
    // The service is stable before its version is waited for; and in the end the role lasts until the services are gone.
    version.node.addDependency(service, this.function.role);
  }

  #allowServices(cluster: Cluster): void {
    const { partition, region, account } = Stack.of(this);
    const services = `arn:${partition}:ecs:${region}:${account}:service/${cluster.clusterName}/*`;
    this.function.role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:DescribeServices', 'ecs:UpdateService', 'ecs:DeleteService'],
        resources: [services],
      }),
    );
    acknowledgeWildcard(
      this.function.role,
      services,
      'The services of this cluster, one for each version of the worker.',
    );
    this.function.role.addToPolicy(
      new PolicyStatement({
        actions: ['ecs:ListServices'],
        resources: ['*'],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }),
    );
    acknowledge(
      this.function.role,
      'AwsSolutions-IAM5[Resource::*]',
      'ecs:ListServices knows no resource; a condition holds it to the one cluster.',
    );
  }
}
