import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Fleet } from '../constructs/fleet.js';
import { createLogGroup } from '../constructs/log-group.js';
import { temporalTaskSecrets } from '../constructs/temporal-access.js';
import { createWorkerImage } from '../constructs/worker-image.js';
import { createWorkerRole } from '../constructs/worker-role.js';
import { WorkerService } from '../constructs/worker-service.js';
import { WorkerTask } from '../constructs/worker-task.js';
import { metricNamespace, prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import { temporalEnvironment } from '../temporal-target.js';
import type { ApiStack } from './api-stack.js';

export interface WorkerStackProps extends StackProps {
  readonly settings: Settings;
  readonly vpc: IVpc;
  /** Secrets, payloads, Temporal and the base of callback URLs are those of the API. */
  readonly api: ApiStack;
}

/** The workers: a Fargate service for each version that still has runs, scaled by the backlog of the task queue. */
export class WorkerStack extends Stack {
  readonly cluster: Cluster;
  readonly logGroup: LogGroup;
  readonly buildId: string;

  constructor(scope: Construct, id: string, props: WorkerStackProps) {
    super(scope, id, props);
    const { settings, vpc, api } = props;
    const image = createWorkerImage(this, settings);
    this.buildId = image.buildId;
    this.cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: prefixOf(settings),
      containerInsightsV2: ContainerInsights.ENABLED,
      enableFargateCapacityProviders: true,
    });
    this.logGroup = createLogGroup(this, 'Log', settings, 'worker');
    const taskRole = createWorkerRole(this, 'Role', settings);
    api.payloads.grantUse(taskRole);
    // Read by the worker itself, again and again: a rotation of the keyring needs no new tasks.
    api.secrets.grantRead(taskRole, api.secrets.callbackKeys);
    const task = new WorkerTask(this, 'Task', {
      settings,
      image,
      taskRole,
      logGroup: this.logGroup,
      environment: workerEnvironment(settings, api, this.buildId),
      secrets: {
        ALMANAC_WEBHOOK_SECRET: TaskSecret.fromSecretsManager(api.secrets.webhookSecret),
        ...temporalTaskSecrets(api.temporal),
      },
    });
    api.secrets.grantRead(task.executionRole, api.secrets.webhookSecret);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Workers of ${prefixOf(settings)}: nothing comes in`,
    });
    const { service } = new WorkerService(this, `Version${this.buildId}`, {
      settings,
      cluster: this.cluster,
      vpc,
      image,
      task,
      securityGroup,
    });
    api.temporal.inside?.allow(service, 'workers');
    new Fleet(this, 'Fleet', {
      settings,
      cluster: this.cluster,
      service,
      buildId: this.buildId,
      temporal: api.temporal,
      vpc,
    });
    new CfnOutput(this, 'BuildId', { value: this.buildId, description: 'Version of the workers' });
  }
}

function workerEnvironment(settings: Settings, api: ApiStack, buildId: string): Record<string, string> {
  const { worker, http, mail, logs, region } = settings;
  return {
    ...temporalEnvironment(api.temporal),
    AWS_REGION: region,
    ALMANAC_TASK_QUEUE: worker.taskQueue,
    ALMANAC_WORKER_CONCURRENCY: String(worker.concurrency),
    ALMANAC_WORKER_DEPLOYMENT: prefixOf(settings),
    ALMANAC_WORKER_BUILD_ID: buildId,
    ALMANAC_METRICS_NAMESPACE: metricNamespace,
    ALMANAC_PUBLIC_URL: api.publicUrl,
    ALMANAC_PAYLOAD_BUCKET: api.payloads.bucket.bucketName,
    ALMANAC_CALLBACK_KEYS_SECRET: api.secrets.callbackKeys.secretArn,
    ALMANAC_LOG_LEVEL: logs.level,
    ...(http.allow.length === 0 ? {} : { ALMANAC_HTTP_ALLOW: http.allow.join(',') }),
    ...(mail === undefined ? {} : { ALMANAC_MAIL_FROM: mail.from }),
  };
}
