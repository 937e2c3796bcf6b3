import { Match } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { capacityStrategy } from '../../cdk/constructs/worker-service.js';
import { type Statement, type Synthesised, settingsOf, statementsOf, synth, templateOf } from './support/synth.js';

let cloud: Synthesised;

beforeAll(() => {
  cloud = synth(
    settingsOf('cloud', {
      worker: { min: 2, max: 20, spotShare: 0.75, taskQueue: 'orders' },
      buckets: [
        { name: 'orders-raw', access: 'read' },
        { name: 'orders-clean', access: 'write', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd' },
        { name: 'orders-both', access: 'readWrite' },
      ],
      mail: { from: 'almanac@example.com' },
      http: { allow: ['10.0.0.0/8'] },
    }),
  );
});

const template = () => templateOf(cloud, 'AlmanacWorker');

/** Statements on a bucket or its objects, by the end of the resource. */
function actionsOn(resource: string): string[] {
  return statementsOf(template())
    .filter(({ Resource }) => JSON.stringify(Resource).includes(`${resource}"`))
    .flatMap(({ Action }) => Action)
    .sort();
}

describe('role of the steps', () => {
  it('reads what the settings let it read, and nothing more', () => {
    expect(actionsOn(':s3:::orders-raw')).toEqual(['s3:ListBucket']);
    expect(actionsOn(':s3:::orders-raw/*')).toEqual(['s3:GetObject', 's3:GetObjectTagging']);
  });

  it('writes, resumes and aborts uploads where it may write', () => {
    const bucket = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];
    const objects = [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:GetObjectTagging',
      's3:ListMultipartUploadParts',
      's3:PutObject',
      's3:PutObjectTagging',
    ];
    for (const name of ['orders-clean', 'orders-both']) {
      expect(actionsOn(`:s3:::${name}`)).toEqual(bucket);
      expect(actionsOn(`:s3:::${name}/*`)).toEqual(objects);
    }
  });

  it('uses the key of a bucket', () => {
    expect(actionsOn('key/1234abcd')).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });

  it('sends mail from the one address, whichever identity was verified', () => {
    const [mail] = statementsOf(template()).filter(({ Action }) => [Action].flat().includes('ses:SendRawEmail'));
    expect(JSON.stringify(mail?.Resource)).toMatch(/identity\/almanac@example\.com.*identity\/example\.com/);
    expect(mail?.Condition).toEqual({ StringEquals: { 'ses:FromAddress': 'almanac@example.com' } });
  });

  it('names every action and, but for three that know no resource, every resource', () => {
    const all = Object.values(cloud.templates).flatMap(statementsOf);
    expect(all.flatMap(({ Action }) => Action).filter((action) => /^\*|:\*$/.test(action))).toEqual([]);
    const open = all.filter(({ Effect, Resource }) => Effect === 'Allow' && [Resource].flat().includes('*'));
    const names = new Set(open.flatMap(({ Action }: Statement) => Action));
    expect([...names].sort()).toEqual(['ecr:GetAuthorizationToken', 'ecs:ListServices']);
  });

  it('beside them, with a cluster of our own, network interfaces of Lambdas and the way to the Web UI know no resource', () => {
    const own = Object.values(synth(settingsOf('self-hosted')).templates).flatMap(statementsOf);
    expect(own.flatMap(({ Action }) => Action).filter((action) => /^\*|:\*$/.test(action))).toEqual([]);
    const open = own.filter(({ Effect, Resource }) => Effect === 'Allow' && [Resource].flat().includes('*'));
    expect([...new Set(open.flatMap(({ Action }: Statement) => Action))].sort()).toEqual([
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ecr:GetAuthorizationToken',
      'ecs:ListServices',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
  });

  it('every log ends: each group has a retention, and each Lambda a group of ours', () => {
    const settings = settingsOf('self-hosted', { logs: { days: 7 } });
    for (const template of Object.values(synth(settings).templates)) {
      for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
        expect(Properties.RetentionInDays).toBe(7);
      }
      for (const [name, { Properties }] of Object.entries(template.findResources('AWS::Lambda::Function'))) {
        expect(Properties.LoggingConfig?.LogGroup, name).toBeDefined();
      }
    }
  });
});

describe('task', () => {
  it('drains: grace < force < stopTimeout, and 120 s is the most that Fargate grants', () => {
    template().hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          StopTimeout: 120,
          Environment: Match.arrayWith([
            { Name: 'ALMANAC_WORKER_SHUTDOWN_GRACE', Value: '80' },
            { Name: 'ALMANAC_WORKER_SHUTDOWN_FORCE', Value: '100' },
          ]),
        }),
      ],
    });
  });

  it('has no rights on its host: a read-only root, a user without privileges, one folder to write', () => {
    template().hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          ReadonlyRootFilesystem: true,
          User: 'node',
          MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
          HealthCheck: Match.objectLike({ Command: ['CMD', 'node', '/app/healthcheck.mjs'] }),
        }),
      ],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  it('gets secrets from ECS and never as a variable', () => {
    template().hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Secrets: [
            Match.objectLike({ Name: 'ALMANAC_WEBHOOK_SECRET' }),
            Match.objectLike({ Name: 'TEMPORAL_API_KEY' }),
          ],
          Environment: Match.arrayWith(
            [
              { Name: 'TEMPORAL_ADDRESS', Value: 'orders.a1b2c.tmprl.cloud:7233' },
              { Name: 'ALMANAC_TASK_QUEUE', Value: 'orders' },
              { Name: 'ALMANAC_HTTP_ALLOW', Value: '10.0.0.0/8' },
              { Name: 'ALMANAC_MAIL_FROM', Value: 'almanac@example.com' },
            ].sort((a, b) => orderInTask.indexOf(a.Name) - orderInTask.indexOf(b.Name)),
          ),
        }),
      ],
    });
  });

  it('is of the version that its image is', () => {
    const [buildId] = Object.values(template().findOutputs('BuildId')).map(({ Value }) => Value);
    expect(buildId).toMatch(/^[0-9a-f]{16}$/);
    template().hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Image: Match.objectLike({ 'Fn::Sub': Match.stringLikeRegexp(`:${buildId}[0-9a-f]+$`) }),
          Environment: Match.arrayWith([
            { Name: 'ALMANAC_WORKER_DEPLOYMENT', Value: 'almanac' },
            { Name: 'ALMANAC_WORKER_BUILD_ID', Value: buildId },
          ]),
        }),
      ],
    });
  });
});

const orderInTask = ['TEMPORAL_ADDRESS', 'ALMANAC_TASK_QUEUE', 'ALMANAC_HTTP_ALLOW', 'ALMANAC_MAIL_FROM'];

describe('service of a version', () => {
  const service = () => Object.entries(template().findResources('AWS::ECS::Service'))[0];

  it('is let go and not deleted when a new one takes its place, and deleted when its own creation fails', () => {
    const [name, resource] = service() ?? [];
    const [buildId] = Object.values(template().findOutputs('BuildId')).map(({ Value }) => Value);
    expect(name).toContain(buildId);
    expect(resource?.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(resource?.UpdateReplacePolicy).toBe('Retain');
    expect(resource?.Properties.Tags).toContainEqual({ Key: 'almanac:build-id', Value: buildId });
  });

  it('is taken back when it does not come up', () => {
    template().hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: Match.objectLike({
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
      }),
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: 'DISABLED' }) },
    });
  });

  it('has on-demand tasks first and Spot above them', () => {
    template().hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      CapacityProviderStrategy: [
        { CapacityProvider: 'FARGATE', Base: 2, Weight: 25 },
        { CapacityProvider: 'FARGATE_SPOT', Weight: 75 },
      ],
    });
    expect(capacityStrategy(1, 0)).toEqual([{ capacityProvider: 'FARGATE', base: 1, weight: 100 }]);
  });

  it('follows the backlog for each task', () => {
    template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 20,
    });
    template().hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({
        CustomizedMetricSpecification: Match.objectLike({
          Namespace: 'Almanac',
          MetricName: 'BacklogPerTask',
          Dimensions: [{ Name: 'Deployment', Value: 'almanac' }],
        }),
      }),
    });
  });

  it('lets nothing in', () => {
    for (const { Properties } of Object.values(template().findResources('AWS::EC2::SecurityGroup'))) {
      expect(Properties.SecurityGroupIngress).toBeUndefined();
    }
    expect(template().findResources('AWS::EC2::SecurityGroupIngress')).toEqual({});
  });
});

describe('fleet', () => {
  it('looks every minute, and a deploy waits for its version once the service is stable', () => {
    template().hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    const [version] = Object.values(template().findResources('Custom::AlmanacWorkerVersion'));
    const [service] = Object.keys(template().findResources('AWS::ECS::Service'));
    expect(version?.DependsOn).toContain(service);
  });

  it('deletes services of its cluster alone', () => {
    const [statement] = statementsOf(template()).filter(({ Action }) => [Action].flat().includes('ecs:DeleteService'));
    expect(JSON.stringify(statement?.Resource)).toMatch(/service\/.*Cluster.*\/\*/);
    const [list] = statementsOf(template()).filter(({ Action }) => [Action].flat().includes('ecs:ListServices'));
    expect(JSON.stringify(list?.Condition)).toMatch(/ecs:cluster.*Cluster.*Arn/);
  });
});
