import { Stack } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { ArnPrincipal, type IRole, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnResourcePolicy } from 'aws-cdk-lib/aws-logs';
import { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from '../../nag.js';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { createLogGroup, removalOf } from '../log-group.js';

/** HTTPS, as the domain enforces. */
const port = 443;
const nodes = 2;

/** An OpenSearch domain for visibility, where PostgreSQL is too slow for the queries: inside the VPC, signed requests of the servers alone. */
export class VisibilityDomain extends Construct {
  readonly securityGroup: SecurityGroup;
  readonly host: string;
  readonly port = port;
  readonly #domain: CfnDomain;
  readonly #arn: string;

  constructor(scope: Construct, id: string, { settings, vpc }: { settings: Settings; vpc: IVpc }) {
    super(scope, id);
    const { partition, region, account } = Stack.of(this);
    // 28 characters are the most that a domain's name may have.
    const domainName = `${prefixOf(settings).slice(0, 19).replace(/-+$/, '')}-temporal`;
    this.#arn = `arn:${partition}:es:${region}:${account}:domain/${domainName}`;
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Temporal visibility of ${prefixOf(settings)}`,
      allowAllOutbound: false,
    });
    const isolated = vpc.isolatedSubnets.length > 0;
    const { subnetIds } = vpc.selectSubnets({
      subnetType: isolated ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS,
    });
    const slowLog = this.#slowLog(settings);
    this.#domain = new CfnDomain(this, 'Domain', {
      domainName,
      engineVersion: 'OpenSearch_2.19',
      clusterConfig: {
        instanceType: 't3.medium.search',
        instanceCount: nodes,
        zoneAwarenessEnabled: true,
        zoneAwarenessConfig: { availabilityZoneCount: nodes },
      },
      ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: 50 },
      vpcOptions: { subnetIds: subnetIds.slice(0, nodes), securityGroupIds: [this.securityGroup.securityGroupId] },
      encryptionAtRestOptions: { enabled: true },
      nodeToNodeEncryptionOptions: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
      logPublishingOptions: {
        SEARCH_SLOW_LOGS: { cloudWatchLogsLogGroupArn: slowLog.arn, enabled: true },
        INDEX_SLOW_LOGS: { cloudWatchLogsLogGroupArn: slowLog.arn, enabled: true },
      },
    });
    this.#domain.applyRemovalPolicy(removalOf(settings));
    this.#domain.node.addDependency(slowLog.policy);
    this.host = this.#domain.attrDomainEndpoint;
    acknowledge(
      this.#domain,
      'AwsSolutions-OS4',
      'Two nodes hold an index that can be made again from the database; masters of their own would double the price.',
    );
    acknowledge(
      this.#domain,
      'AwsSolutions-OS3',
      'Inside the VPC, behind a security group, for the roles of the servers: their addresses change with each deploy.',
    );
  }

  /** The roles that may read and write it; nobody else may, and nobody unsigned. */
  allow(roles: readonly IRole[]): void {
    this.#domain.accessPolicies = new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: roles.map(({ roleArn }) => new ArnPrincipal(roleArn)),
          actions: ['es:ESHttp*'],
          resources: [`${this.#arn}/*`],
        }),
      ],
    });
    for (const role of roles) {
      role.addToPrincipalPolicy(
        new PolicyStatement({
          actions: ['es:ESHttpGet', 'es:ESHttpHead', 'es:ESHttpPost', 'es:ESHttpPut', 'es:ESHttpDelete'],
          resources: [`${this.#arn}/*`],
        }),
      );
      acknowledgeWildcard(role, `${this.#arn}/*`, 'The indexes of this one domain, which Temporal makes itself.');
    }
  }

  #slowLog(settings: Settings) {
    const { partition, region, account } = Stack.of(this);
    const logGroup = createLogGroup(this, 'SlowLog', settings, 'temporal/visibility');
    const arn = `arn:${partition}:logs:${region}:${account}:log-group:/${settings.name}/${settings.stage}/temporal/visibility`;
    const policy = new CfnResourcePolicy(this, 'SlowLogPolicy', {
      policyName: `${prefixOf(settings)}-temporal-visibility`,
      policyDocument: Stack.of(this).toJsonString({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'es.amazonaws.com' },
            Action: ['logs:PutLogEvents', 'logs:CreateLogStream'],
            Resource: `${arn}:*`,
          },
        ],
      }),
    });
    policy.node.addDependency(logGroup);
    return { arn, policy };
  }
}
