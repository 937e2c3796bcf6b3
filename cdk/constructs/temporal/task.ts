import { Duration } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  type ContainerDefinition,
  ContainerDependencyCondition,
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  type HealthCheck,
  LogDriver,
  OperatingSystemFamily,
  type Secret as TaskSecret,
} from 'aws-cdk-lib/aws-ecs';
import { Role as IamRole, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../../nag.js';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { filesFolder, fileWriter } from './shipped-files.js';

export interface ClusterTaskProps {
  readonly settings: Settings;
  /** Names the task, its container and its stream of the log: `history`. */
  readonly name: string;
  readonly image: ContainerImage;
  /** CPU units and MiB. */
  readonly size: { readonly cpu: number; readonly memory: number };
  /** Texts by name, written into {@link filesFolder} before the container starts. */
  readonly files?: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, TaskSecret>>;
  readonly logGroup: ILogGroup;
  readonly healthCheck?: HealthCheck;
  /** False only where the image can't do without. */
  readonly readonlyRoot?: boolean;
}

/** The most that Fargate grants between SIGTERM and SIGKILL. */
const stopTimeout = Duration.seconds(120);

/**
 * One task of the cluster: an official image, unchanged, as its own user on a file system that it can't write. What it reads from
 * deploy/temporal/ is put into a volume by a container that runs before it: Fargate gives volumes to root, and the servers' user only reads.
 */
export class ClusterTask extends Construct {
  readonly definition: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly executionRole: Role;
  readonly taskRole: Role;

  constructor(scope: Construct, id: string, props: ClusterTaskProps) {
    super(scope, id);
    const { settings, name, size, files = {} } = props;
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com');
    this.executionRole = new IamRole(this, 'ExecutionRole', { assumedBy });
    this.taskRole = new IamRole(this, 'TaskRole', { assumedBy });
    const hasFiles = Object.keys(files).length > 0;
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      family: `${prefixOf(settings)}-temporal-${name}`,
      cpu: size.cpu,
      memoryLimitMiB: size.memory,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      executionRole: this.executionRole,
      taskRole: this.taskRole,
      volumes: hasFiles ? [{ name: 'files' }] : [],
    });
    const logging = LogDriver.awsLogs({
      logGroup: props.logGroup,
      streamPrefix: name,
      mode: AwsLogDriverMode.NON_BLOCKING,
    });
    this.container = this.definition.addContainer(name, {
      image: props.image,
      // The images have entry points of their own, which would render configurations of their own.
      entryPoint: [...props.command],
      environment: { ...props.environment },
      secrets: { ...props.secrets },
      readonlyRootFilesystem: props.readonlyRoot ?? true,
      stopTimeout,
      logging,
      ...(props.healthCheck === undefined ? {} : { healthCheck: props.healthCheck }),
    });
    if (hasFiles) this.#writeFiles(props.image, files, logging);
    acknowledge(
      this.definition,
      'AwsSolutions-ECS2',
      'The variables are addresses, names and the text of files of the repository; passwords and keys are injected by ECS from secrets.',
    );
  }

  #writeFiles(image: ContainerImage, files: Readonly<Record<string, string>>, logging: LogDriver): void {
    const { script, environment } = fileWriter(files);
    const writer = this.definition.addContainer('files', {
      image,
      essential: false,
      user: '0',
      entryPoint: ['sh', '-c', script],
      environment,
      readonlyRootFilesystem: true,
      logging,
    });
    writer.addMountPoints({ sourceVolume: 'files', containerPath: filesFolder, readOnly: false });
    this.container.addMountPoints({ sourceVolume: 'files', containerPath: filesFolder, readOnly: true });
    this.container.addContainerDependencies({ container: writer, condition: ContainerDependencyCondition.SUCCESS });
  }
}

/** A container is healthy while it takes connections. `nc` is in every Alpine image. */
export function takesConnections(port: number, startPeriod: Duration): HealthCheck {
  return {
    command: ['CMD-SHELL', `nc -z -w 3 127.0.0.1 ${port}`],
    interval: Duration.seconds(15),
    timeout: Duration.seconds(5),
    retries: 3,
    startPeriod,
  };
}
