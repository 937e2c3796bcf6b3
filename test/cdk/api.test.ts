import { Match } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Synthesised, settingsOf, statementsOf, synth, templateOf } from './support/synth.js';

let cloud: Synthesised;

beforeAll(() => {
  cloud = synth(
    settingsOf('cloud', {
      api: {
        control: { rate: 20, burst: 40, reservedConcurrency: 10 },
        callbacks: { rate: 300, burst: 600, reservedConcurrency: 50 },
      },
      backfills: { max: 500, prices: { currency: 'EUR', millionActions: 40 } },
      auth: { oidc: { issuer: 'https://login.example.com', audience: 'almanac' } },
    }),
  );
});

const template = () => templateOf(cloud, 'AlmanacApi');

describe('routes', () => {
  it('callbacks have a Lambda and a throttle of their own, and their list is not among them', () => {
    const routes = Object.values(template().findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => Properties,
    );
    const target = (key: string) => JSON.stringify(routes.find(({ RouteKey }) => RouteKey === key)?.Target);
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'ANY /',
      'ANY /v1/callbacks/{token}',
      'ANY /v1/callbacks/{token}/{operation}',
      'ANY /{proxy+}',
    ]);
    expect(target('ANY /v1/callbacks/{token}')).toBe(target('ANY /v1/callbacks/{token}/{operation}'));
    expect(target('ANY /')).toBe(target('ANY /{proxy+}'));
    expect(target('ANY /')).not.toBe(target('ANY /v1/callbacks/{token}'));
    template().hasResource('AWS::ApiGatewayV2::Stage', {
      Properties: {
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
        RouteSettings: {
          'ANY /v1/callbacks/{token}': { ThrottlingRateLimit: 300, ThrottlingBurstLimit: 600 },
          'ANY /v1/callbacks/{token}/{operation}': { ThrottlingRateLimit: 300, ThrottlingBurstLimit: 600 },
        },
      },
      // The settings of a route that is not there yet are refused.
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('callbacks')]),
    });
  });

  it('the access log has neither path nor query nor body', () => {
    const [stage] = Object.values(template().findResources('AWS::ApiGatewayV2::Stage'));
    const format: string = stage?.Properties.AccessLogSettings.Format;
    const variables = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name).sort();
    expect(variables).toEqual([
      'httpMethod',
      'identity.sourceIp',
      'integrationErrorMessage',
      'integrationLatency',
      'requestId',
      'requestTime',
      'responseLatency',
      'responseLength',
      'routeKey',
      'status',
    ]);
    expect(JSON.parse(format)).toHaveProperty('route', '$context.routeKey');
  });
});

describe('Lambdas', () => {
  const functionOf = (name: string) =>
    Object.values(template().findResources('AWS::Lambda::Function', { Properties: { FunctionName: name } }))[0]
      ?.Properties;

  it('are arm64 on Node 24, outside of any VPC, with concurrency of their own', () => {
    for (const [name, concurrency] of [
      ['almanac-control', 10],
      ['almanac-callbacks', 50],
    ] as const) {
      expect(functionOf(name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: 29,
        ReservedConcurrentExecutions: concurrency,
      });
      expect(functionOf(name)?.VpcConfig).toBeUndefined();
    }
  });

  it('have roles of their own, and each reads its own secrets alone', () => {
    const policyOf = (who: string) => {
      const [policy] = Object.entries(template().findResources('AWS::IAM::Policy')).filter(([name]) =>
        name.startsWith(`${who}Role`),
      );
      return JSON.stringify(policy?.[1].Properties.PolicyDocument);
    };
    expect(policyOf('Control')).toMatch(/Secretsapikeys/);
    expect(policyOf('Control')).not.toMatch(/webhooksecret/);
    expect(policyOf('Callbacks')).toMatch(/Secretswebhooksecret/);
    expect(policyOf('Callbacks')).not.toMatch(/apikeys|adminkey/);
  });

  it('find secrets by their ARN, and no variable holds one', () => {
    const { Variables } = functionOf('almanac-control')?.Environment ?? {};
    expect(
      Object.keys(Variables)
        .filter((name) => /SECRET|KEY/.test(name))
        .sort(),
    ).toEqual(['ALMANAC_API_KEYS_SECRET', 'ALMANAC_CALLBACK_KEYS_SECRET', 'ALMANAC_TEMPORAL_API_KEY_SECRET']);
    expect(Variables.ALMANAC_API_KEYS_SECRET).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/apikeys/), 'Id'] });
    expect(Variables).toMatchObject({
      ALMANAC_OIDC_ISSUER: 'https://login.example.com',
      ALMANAC_OIDC_AUDIENCE: 'almanac',
      ALMANAC_BACKFILL_MAX: '500',
      ALMANAC_PRICES: '{"currency":"EUR","millionActions":40}',
    });
  });

  it('read and write payloads, and neither list nor delete them', () => {
    const onPayloads = statementsOf(template()).filter(({ Resource }) =>
      JSON.stringify(Resource).includes('/payloads/*'),
    );
    expect(onPayloads.map(({ Action }) => Action)).toEqual([
      ['s3:GetObject', 's3:PutObject'],
      ['s3:GetObject', 's3:PutObject'],
    ]);
  });
});

describe('secrets', () => {
  it('have no value in the template and are filled at deploy', () => {
    const secrets = Object.values(template().findResources('AWS::SecretsManager::Secret'));
    expect(secrets.map(({ Properties }) => Properties.Name).sort()).toEqual([
      'almanac/admin-key',
      'almanac/api-keys',
      'almanac/callback-keys',
      'almanac/webhook-secret',
    ]);
    for (const { Properties, DeletionPolicy } of secrets) {
      expect(Properties.SecretString).toBeUndefined();
      expect(Properties.GenerateSecretString).toBeUndefined();
      expect(Properties.KmsKeyId).toBeDefined();
      expect(DeletionPolicy).toBe('Retain');
    }
    const [filled] = Object.values(template().findResources('Custom::AlmanacSecrets'));
    expect(Object.keys(filled?.Properties).sort()).toEqual([
      'ServiceToken',
      'adminKeySecretArn',
      'apiKeysSecretArn',
      'callbackKeysSecretArn',
      'webhookSecretArn',
    ]);
  });

  it('are in no output: people are told the name of the admin key alone', () => {
    const outputs = template().findOutputs('AdminKeySecret');
    expect(Object.values(outputs)).toEqual([expect.objectContaining({ Value: 'almanac/admin-key' })]);
  });

  it('of API keys may be the own one of the user: then none is made', () => {
    const own = synth(settingsOf('cloud', { auth: { apiKeysSecret: 'team/almanac-keys' } }), { profile: 'emulator' });
    const names = Object.values(templateOf(own, 'AlmanacApi').findResources('AWS::SecretsManager::Secret')).map(
      ({ Properties }) => Properties.Name,
    );
    expect(names.sort()).toEqual(['almanac/callback-keys', 'almanac/webhook-secret']);
  });
});

describe('payload bucket', () => {
  it('is encrypted, closed to the public, and speaks TLS alone', () => {
    template().hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          Match.objectLike({
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }),
          }),
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    template().hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });
});
