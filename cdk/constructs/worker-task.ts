import { Duration } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
  type Secret as TaskSecret,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import type { WorkerImage } from './worker-image.js';

/**
 * Seconds from SIGTERM: activities may finish, are then cancelled, and what is left is killed. Each has to be less than the next, and
 * 120 is the most that Fargate grants, on Spot too.
 */
export const shutdown = { grace: 80, force: 100, stop: 120 } as const;

const ports = { health: 8701, metrics: 8702 } as const;

export interface WorkerTaskProps {
  readonly settings: Settings;
  readonly image: WorkerImage;
  readonly taskRole: Role;
  readonly logGroup: LogGroup;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, TaskSecret>>;
}

/** One worker: the image as a user without rights, on a file system that it can't write but for /tmp. */
export class WorkerTask extends Construct {
  readonly definition: FargateTaskDefinition;
  readonly executionRole: Role;

  constructor(scope: Construct, id: string, props: WorkerTaskProps) {
    super(scope, id);
    const { settings, image } = props;
    const { cpu, memory, architecture } = settings.worker;
    this.executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Starts the workers of ${prefixOf(settings)}: image, logs, secrets`,
    });
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      family: `${prefixOf(settings)}-worker`,
      cpu,
      memoryLimitMiB: memory,
      runtimePlatform: {
        cpuArchitecture: architecture === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: props.taskRole,
      executionRole: this.executionRole,
      volumes: [{ name: 'tmp' }],
    });
    const container = this.definition.addContainer('worker', {
      image: ContainerImage.fromDockerImageAsset(image.asset),
      environment: {
        ALMANAC_WORKER_HEALTH_PORT: String(ports.health),
        ALMANAC_WORKER_METRICS_PORT: String(ports.metrics),
        ALMANAC_WORKER_SHUTDOWN_GRACE: String(shutdown.grace),
        ALMANAC_WORKER_SHUTDOWN_FORCE: String(shutdown.force),
        // Half for JavaScript, of which a third holds runs; the other half for the SDK's core and for buffers.
        NODE_OPTIONS: `--max-old-space-size=${Math.floor(memory / 2)}`,
        ...props.environment,
      },
      secrets: { ...props.secrets },
      stopTimeout: Duration.seconds(shutdown.stop),
      readonlyRootFilesystem: true,
      user: 'node',
      healthCheck: {
        command: ['CMD', 'node', '/app/healthcheck.mjs'],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      logging: LogDriver.awsLogs({
        logGroup: props.logGroup,
        streamPrefix: image.buildId,
        // A full buffer loses lines rather than halting the worker.
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    acknowledge(
      this.definition,
      'AwsSolutions-ECS2',
      'The variables are addresses, names and limits; secrets are injected by ECS or read by the worker, by their ARN.',
    );
    acknowledge(
      this.executionRole,
      'AwsSolutions-IAM5[Resource::*]',
      'ecr:GetAuthorizationToken knows no resource; the image itself is pulled from its repository alone.',
    );
  }
}
