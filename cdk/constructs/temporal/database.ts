import { Duration } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../nag.js';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { removalOf } from '../log-group.js';

export type SelfHosted = Extract<Settings['temporal'], { mode: 'self-hosted' }>;

export interface TemporalDatabaseProps {
  readonly settings: Settings;
  readonly temporal: SelfHosted;
  readonly vpc: IVpc;
}

const port = 5432;
const backupDays = 14;

/** Aurora PostgreSQL Serverless v2: everything that Temporal keeps. Only TLS, only from the cluster, encrypted, with a generated password. */
export class TemporalDatabase extends Construct {
  readonly securityGroup: SecurityGroup;
  readonly secret: ISecret;
  readonly address: { host: string; port: string };
  readonly port = port;

  constructor(scope: Construct, id: string, { settings, temporal, vpc }: TemporalDatabaseProps) {
    super(scope, id);
    const keeps = settings.removal === 'retain';
    const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_13 });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Temporal database of ${prefixOf(settings)}`,
      allowAllOutbound: false,
    });
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine,
      vpc,
      vpcSubnets: subnetsFor(vpc),
      securityGroups: [this.securityGroup],
      port,
      credentials: Credentials.fromGeneratedSecret('temporal', {
        secretName: `${prefixOf(settings)}/temporal-database`,
      }),
      writer: ClusterInstance.serverlessV2('Writer', {
        caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
      }),
      serverlessV2MinCapacity: temporal.aurora.minCapacity,
      serverlessV2MaxCapacity: temporal.aurora.maxCapacity,
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        description: `Temporal database of ${prefixOf(settings)}`,
        parameters: { 'rds.force_ssl': '1' },
      }),
      storageEncrypted: true,
      iamAuthentication: true,
      backup: { retention: Duration.days(backupDays) },
      copyTagsToSnapshot: true,
      deletionProtection: keeps,
      removalPolicy: removalOf(settings),
    });
    if (cluster.secret === undefined) throw new Error('generated credentials have a secret');
    this.secret = cluster.secret;
    this.address = { host: cluster.clusterEndpoint.hostname, port: String(port) };
    this.#acknowledge(cluster, keeps);
  }

  #acknowledge(cluster: DatabaseCluster, keeps: boolean): void {
    acknowledge(
      cluster,
      'AwsSolutions-SMG4',
      'The servers read the password when they start: changed by a timer, it would lock them out. docs/self-hosted.md says how to change it.',
    );
    acknowledge(
      cluster,
      'AwsSolutions-RDS11',
      'The port is open to the four servers and the schema task alone; another number would hide it from nobody else.',
    );
    if (keeps) return;
    acknowledge(cluster, 'AwsSolutions-RDS10', 'The settings say "removal": "destroy": the data goes with the stack.');
  }
}

/** An existing VPC may have no isolated subnets. */
function subnetsFor(vpc: IVpc): { subnetType: SubnetType } {
  const hasIsolated = vpc.isolatedSubnets.length > 0;
  return { subnetType: hasIsolated ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS };
}
