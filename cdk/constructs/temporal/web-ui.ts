import { Duration } from 'aws-cdk-lib';
import { type ISecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type Cluster, FargateService, Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../nag.js';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { images } from './images.js';
import { shippedFile } from './shipped-files.js';
import { ClusterTask } from './task.js';

/** On its own loopback and in its own security group, which lets nobody in. */
export const uiPort = 8080;

export interface WebUiProps {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly securityGroup: ISecurityGroup;
  readonly logGroup: ILogGroup;
  readonly trust: ISecret;
  readonly address: string;
  readonly serverName: string;
  readonly namespace: string;
}

/**
 * Temporal's Web UI. It has no listener anywhere: people reach it through a session of Systems Manager to its port, for which IAM asks who
 * they are (docs/self-hosted.md). Its root is writable, because the agent of these sessions runs in it.
 */
export class WebUi extends Construct {
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: WebUiProps) {
    super(scope, id);
    const { settings } = props;
    const task = new ClusterTask(this, 'Task', {
      settings,
      name: 'ui',
      image: images.ui(),
      size: { cpu: 256, memory: 512 },
      command: ['sh', '-c', shippedFile('ui.sh')],
      environment: {
        TEMPORAL_ADDRESS: props.address,
        TEMPORAL_DEFAULT_NAMESPACE: props.namespace,
        TEMPORAL_TLS_SERVER_NAME: props.serverName,
        TEMPORAL_TLS_ENABLE_HOST_VERIFICATION: 'true',
        TEMPORAL_CORS_ORIGINS: `http://localhost:${uiPort}`,
        TEMPORAL_UI_PORT: String(uiPort),
        TEMPORAL_DISABLE_NEWS_FETCH: 'true',
      },
      secrets: { TLS_CA: TaskSecret.fromSecretsManager(props.trust) },
      logGroup: props.logGroup,
      readonlyRoot: false,
      healthCheck: {
        command: ['CMD-SHELL', `wget -q -O /dev/null http://127.0.0.1:${uiPort}/healthz`],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
    });
    this.service = new FargateService(this, 'Service', {
      serviceName: `${prefixOf(settings)}-temporal-ui`,
      cluster: props.cluster,
      taskDefinition: task.definition,
      desiredCount: 1,
      minHealthyPercent: 0,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      assignPublicIp: false,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [props.securityGroup],
      enableExecuteCommand: true,
    });
    acknowledge(
      task.taskRole,
      'AwsSolutions-IAM5[Resource::*]',
      'The four actions by which ECS opens a session know no resource; who may open one, the IAM of the person says.',
    );
  }
}
