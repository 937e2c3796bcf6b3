import { Duration } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type Cluster, FargateService, Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { DnsRecordType, type INamespace } from 'aws-cdk-lib/aws-servicediscovery';
import { Construct } from 'constructs';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { type ClusterService, type ServerValues, serverEnvironment, type serverSecrets } from './environment.js';
import { images } from './images.js';
import { grpcPorts } from './ports.js';
import { filesFolder, serverFiles, shippedFile } from './shipped-files.js';
import { ClusterTask, takesConnections } from './task.js';

/** Tasks of each service, and the CPU units and MiB of each: one may be lost without an outage. docs/self-hosted.md says what they carry. */
export const sizes: Readonly<Record<ClusterService, { tasks: number; cpu: number; memory: number }>> = {
  frontend: { tasks: 2, cpu: 512, memory: 1024 },
  history: { tasks: 2, cpu: 1024, memory: 4096 },
  matching: { tasks: 2, cpu: 512, memory: 1024 },
  worker: { tasks: 2, cpu: 256, memory: 1024 },
};

export interface ServerServiceProps {
  readonly settings: Settings;
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  readonly securityGroup: ISecurityGroup;
  readonly logGroup: ILogGroup;
  readonly values: ServerValues;
  /** Authorities of the database, PEM. */
  readonly databaseCa: string;
  readonly databaseSecret: ISecret;
  readonly certificate: { readonly server: ISecret; readonly trust: ISecret };
  /** Where the frontend is found by name. */
  readonly discovery?: { readonly namespace: INamespace; readonly name: string };
}

/** One of the four services of the Temporal server. */
export class ServerService extends Construct {
  readonly service: FargateService;
  readonly task: ClusterTask;

  constructor(scope: Construct, id: string, props: ServerServiceProps) {
    super(scope, id);
    const { settings, values, discovery } = props;
    const name = values.service;
    const { tasks, ...size } = sizes[name];
    this.task = new ClusterTask(this, 'Task', {
      settings,
      name,
      size,
      image: images.server(),
      files: {
        ...Object.fromEntries(serverFiles.map((file) => [file, shippedFile(file)])),
        'database-ca.pem': props.databaseCa,
      },
      command: ['sh', `${filesFolder}/start.sh`],
      environment: serverEnvironment(values),
      secrets: serverTaskSecrets(props),
      logGroup: props.logGroup,
      healthCheck: takesConnections(grpcPorts[name], Duration.seconds(90)),
    });
    this.service = new FargateService(this, 'Service', {
      serviceName: `${prefixOf(settings)}-temporal-${name}`,
      cluster: props.cluster,
      taskDefinition: this.task.definition,
      desiredCount: tasks,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      assignPublicIp: false,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [props.securityGroup],
      ...(discovery === undefined
        ? {}
        : {
            cloudMapOptions: {
              cloudMapNamespace: discovery.namespace,
              name: discovery.name,
              dnsRecordType: DnsRecordType.A,
              dnsTtl: Duration.seconds(10),
            },
          }),
    });
  }
}

/** {@link serverSecrets}, each from its place. */
export function serverTaskSecrets(
  props: Pick<ServerServiceProps, 'databaseSecret' | 'certificate'>,
): Record<(typeof serverSecrets)[number], TaskSecret> {
  const { server, trust } = props.certificate;
  return {
    ...databaseTaskSecrets(props),
    TLS_CERT: TaskSecret.fromSecretsManager(server, 'certificate'),
    TLS_KEY: TaskSecret.fromSecretsManager(server, 'key'),
    TLS_CA: TaskSecret.fromSecretsManager(trust),
  };
}

export function databaseTaskSecrets({ databaseSecret }: Pick<ServerServiceProps, 'databaseSecret'>) {
  return {
    DATABASE_USER: TaskSecret.fromSecretsManager(databaseSecret, 'username'),
    DATABASE_PASSWORD: TaskSecret.fromSecretsManager(databaseSecret, 'password'),
  };
}
