import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type CapacityProviderStrategy, type Cluster, FargateService } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { buildIdTag } from '../../src/domain/fleet/versions.js';
import { metricNamespace, prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import type { WorkerImage } from './worker-image.js';
import type { WorkerTask } from './worker-task.js';

/** Tasks that wait for each running one: above it more are started, below it some are stopped. */
const backlogPerTask = 20;

export interface WorkerServiceProps {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly vpc: IVpc;
  readonly image: WorkerImage;
  readonly task: WorkerTask;
  readonly securityGroup: ISecurityGroup;
}

/**
 * The service of one version of the worker. A new image is a new service beside the old one, which CloudFormation lets go but does not
 * delete: runs are pinned to the version that they began on, so its workers stay until the last of them has ended. The fleet's Lambda
 * then deletes it.
 */
export class WorkerService extends Construct {
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { settings, cluster, image } = props;
    const { min, max, spotShare } = settings.worker;
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: props.task.definition,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [props.securityGroup],
      assignPublicIp: false,
      desiredCount: min,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      capacityProviderStrategies: capacityStrategy(min, spotShare),
      enableECSManagedTags: true,
    });
    this.service.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    Tags.of(this.service).add(buildIdTag, image.buildId);
    if (max > min) this.#scale(settings);
  }

  #scale(settings: Settings): void {
    const { min, max } = settings.worker;
    this.service.autoScaleTaskCount({ minCapacity: min, maxCapacity: max }).scaleToTrackCustomMetric('Backlog', {
      metric: new Metric({
        namespace: metricNamespace,
        metricName: 'BacklogPerTask',
        dimensionsMap: { Deployment: prefixOf(settings) },
        statistic: Stats.AVERAGE,
        period: Duration.minutes(1),
      }),
      targetValue: backlogPerTask,
      scaleOutCooldown: Duration.minutes(1),
      // Long enough for a task that was just started to show in the backlog.
      scaleInCooldown: Duration.minutes(10),
    });
  }
}

/** `min` tasks that are never Spot, and above them Spot in the given share. */
export function capacityStrategy(base: number, spotShare: number): CapacityProviderStrategy[] {
  const spot = Math.round(spotShare * 100);
  return [
    { capacityProvider: 'FARGATE', base, weight: 100 - spot },
    ...(spot === 0 ? [] : [{ capacityProvider: 'FARGATE_SPOT', weight: spot }]),
  ];
}
