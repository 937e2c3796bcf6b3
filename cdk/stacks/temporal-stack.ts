import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, type IConnectable, type IVpc, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights, ExecuteCommandLogging } from 'aws-cdk-lib/aws-ecs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';
import { searchAttributes } from '../../src/domain/temporal-names.js';
import { createLogGroup } from '../constructs/log-group.js';
import { ClusterCertificate } from '../constructs/temporal/certificate.js';
import { type SelfHosted, TemporalDatabase } from '../constructs/temporal/database.js';
import {
  type ClusterService,
  namespaceEnvironment,
  type ServerValues,
  schemaEnvironment,
  services,
} from '../constructs/temporal/environment.js';
import { images } from '../constructs/temporal/images.js';
import { OneOffTasks } from '../constructs/temporal/one-off-tasks.js';
import { VisibilityDomain } from '../constructs/temporal/open-search.js';
import { grpcPorts } from '../constructs/temporal/ports.js';
import { rdsAuthorities } from '../constructs/temporal/rds-authorities.js';
import { ClusterSecurityGroups } from '../constructs/temporal/security-groups.js';
import { databaseTaskSecrets, ServerService } from '../constructs/temporal/server-service.js';
import { filesFolder, namespaceFiles, schemaFiles, shippedFile } from '../constructs/temporal/shipped-files.js';
import { ClusterTask } from '../constructs/temporal/task.js';
import { WebUi } from '../constructs/temporal/web-ui.js';
import { temporalTaskSecrets } from '../constructs/temporal-access.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import { type TemporalTarget, temporalEnvironment } from '../temporal-target.js';

export interface TemporalStackProps extends StackProps {
  readonly settings: Settings;
  readonly vpc: IVpc;
}

const taskSize = { cpu: 256, memory: 512 } as const;

/**
 * A Temporal cluster of our own. In the order in which CloudFormation makes it: database and certificates, the schema by a one-off task, the
 * four services, the namespace by a second task. An upgrade goes the same way: a new schema comes before the servers that need it.
 */
export class TemporalStack extends Stack {
  /** How the other stacks reach it. */
  readonly target: TemporalTarget;
  readonly #settings: Settings;
  readonly #temporal: SelfHosted;
  readonly #vpc: IVpc;
  readonly #groups: ClusterSecurityGroups;
  readonly #database: TemporalDatabase;
  readonly #certificate: ClusterCertificate;
  readonly #visibility: VisibilityDomain | undefined;
  readonly #databaseCa: string;

  constructor(scope: Construct, id: string, props: TemporalStackProps) {
    super(scope, id, props);
    const { settings, vpc } = props;
    if (settings.temporal.mode !== 'self-hosted')
      throw new Error('temporal.mode is not self-hosted: there is no cluster');
    [this.#settings, this.#temporal, this.#vpc] = [settings, settings.temporal, vpc];
    const domain = `${prefixOf(settings)}.internal`;
    const host = `temporal.${domain}`;

    this.#groups = new ClusterSecurityGroups(this, 'SecurityGroups', { settings, vpc });
    this.#database = new TemporalDatabase(this, 'Database', { settings, temporal: settings.temporal, vpc });
    this.#groups.openStore(this.#database.securityGroup, this.#database.port);
    this.#databaseCa = rdsAuthorities(settings.region);
    this.#visibility = settings.temporal.openSearch
      ? new VisibilityDomain(this, 'Visibility', { settings, vpc })
      : undefined;
    if (this.#visibility !== undefined) this.#groups.openStore(this.#visibility.securityGroup, this.#visibility.port);
    this.#certificate = new ClusterCertificate(this, 'Certificate', { settings, name: host });
    this.target = this.#createTarget(host);

    const cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: `${prefixOf(settings)}-temporal`,
      containerInsightsV2: ContainerInsights.ENABLED,
      enableFargateCapacityProviders: true,
      // The way to the Web UI is a forwarded port, which has nothing to log; CDK would let its task write to every log group.
      executeCommandConfiguration: { logging: ExecuteCommandLogging.NONE },
    });
    const logs = {
      servers: createLogGroup(this, 'ServersLog', settings, 'temporal/servers'),
      tasks: createLogGroup(this, 'TasksLog', settings, 'temporal/tasks'),
    };
    const tasks = new OneOffTasks(this, 'Tasks', {
      settings,
      vpc,
      cluster,
      securityGroup: this.#groups.of.tasks,
      logGroup: logs.tasks,
    });
    const schemaTask = this.#schemaTask(logs.tasks);
    const schema = tasks.run('schema', schemaTask);
    // With the rules of their security groups, not only with what its variables name.
    schema.node.addDependency(this.#database, this.#groups);
    if (this.#visibility !== undefined) schema.node.addDependency(this.#visibility);

    const namespace = new PrivateDnsNamespace(this, 'Names', { vpc, name: domain });
    const servers = services.map((service) => {
      const server = this.#server(service, cluster, logs.servers, { namespace, name: 'temporal' });
      server.service.node.addDependency(schema, this.#certificate.made);
      return server;
    });
    const ui = new WebUi(this, 'Ui', {
      settings,
      cluster,
      securityGroup: this.#groups.of.ui,
      logGroup: logs.servers,
      trust: this.#certificate.trust,
      address: this.target.address,
      serverName: host,
      namespace: this.target.namespace,
    });
    ui.service.node.addDependency(this.#certificate.made);
    const registered = tasks.run('namespace', this.#namespaceTask(logs.tasks));
    registered.node.addDependency(...servers);
    this.#visibility?.allow([schemaTask.taskRole, ...servers.map(({ task }) => task.taskRole)]);

    new CfnOutput(this, 'Address', { value: this.target.address, description: 'TEMPORAL_ADDRESS, inside the VPC' });
    new CfnOutput(this, 'ClusterName', { value: cluster.clusterName, description: 'ECS cluster of the Web UI' });
  }

  #createTarget(host: string): TemporalTarget {
    const frontend = this.#groups.of.frontend;
    return {
      address: `${host}:${grpcPorts.frontend}`,
      namespace: this.#temporal.namespace,
      tls: { caSecret: this.#certificate.trust },
      apiKey: undefined,
      inside: {
        securityGroup: frontend,
        allow: (client: IConnectable, description: string) => openFrontend(frontend, client, description),
      },
    };
  }

  #schemaTask(logGroup: LogGroup): ClusterTask {
    return new ClusterTask(this, 'SchemaTask', {
      settings: this.#settings,
      name: 'schema',
      image: images.adminTools(),
      size: taskSize,
      files: { ...textsOf(schemaFiles), 'database-ca.pem': this.#databaseCa },
      command: ['sh', `${filesFolder}/schema.sh`],
      environment: schemaEnvironment(this.#stores),
      secrets: databaseTaskSecrets({ databaseSecret: this.#database.secret }),
      logGroup,
    });
  }

  #namespaceTask(logGroup: LogGroup): ClusterTask {
    const { namespace, retention } = this.#temporal;
    return new ClusterTask(this, 'NamespaceTask', {
      settings: this.#settings,
      name: 'namespace',
      image: images.adminTools(),
      size: taskSize,
      files: textsOf(namespaceFiles),
      command: ['sh', `${filesFolder}/namespace.sh`],
      environment: {
        ...temporalEnvironment(this.target),
        ...namespaceEnvironment({ namespace, retention, searchAttributes }),
      },
      secrets: temporalTaskSecrets(this.target),
      logGroup,
    });
  }

  #server(
    service: ClusterService,
    cluster: Cluster,
    logGroup: LogGroup,
    discovery: { namespace: PrivateDnsNamespace; name: string },
  ): ServerService {
    const tlsName = this.target.address.slice(0, this.target.address.lastIndexOf(':'));
    const values: ServerValues = { ...this.#stores, service, tlsName, logLevel: serverLogLevel(this.#settings) };
    return new ServerService(this, `Server-${service}`, {
      settings: this.#settings,
      vpc: this.#vpc,
      cluster,
      securityGroup: this.#groups.of[service],
      logGroup,
      values,
      databaseCa: this.#databaseCa,
      databaseSecret: this.#database.secret,
      certificate: this.#certificate,
      ...(service === 'frontend' ? { discovery } : {}),
    });
  }

  get #stores() {
    const { region } = this.#settings;
    return { database: this.#database.address, region, openSearchHost: this.#visibility?.host };
  }
}

function textsOf(files: typeof schemaFiles | typeof namespaceFiles): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, shippedFile(file)]));
}

/** Temporal knows no `trace`. */
function serverLogLevel({ logs }: Settings): string {
  return logs.level === 'trace' ? 'debug' : logs.level;
}

/**
 * The rule belongs to the stack of the client: this one knows nothing of those that come after it. Clients may go anywhere, so that only
 * the way in is opened.
 */
function openFrontend(frontend: SecurityGroup, client: IConnectable, description: string): void {
  for (const group of client.connections.securityGroups) {
    new CfnSecurityGroupIngress(group, 'ToTemporal', {
      groupId: frontend.securityGroupId,
      sourceSecurityGroupId: group.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: grpcPorts.frontend,
      toPort: grpcPorts.frontend,
      description,
    });
  }
}
