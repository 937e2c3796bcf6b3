import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { AlmanacFunction } from '../constructs/almanac-function.js';
import { HttpFrontDoor } from '../constructs/http-front-door.js';
import { removalOf } from '../constructs/log-group.js';
import { PayloadBucket } from '../constructs/payload-bucket.js';
import { SharedSecrets } from '../constructs/shared-secrets.js';
import { allowTemporal, temporalLambdaEnvironment, vpcFor } from '../constructs/temporal-access.js';
import { prefixOf } from '../names.js';
import { outsideTemporal } from '../outside-temporal.js';
import type { Settings } from '../settings/schema.js';
import type { TemporalTarget } from '../temporal-target.js';

export interface ApiStackProps extends StackProps {
  readonly settings: Settings;
  /** A cluster of our own; left out, Temporal is where the settings say. */
  readonly temporal?: TemporalTarget | undefined;
  /** For Lambdas that reach Temporal inside of it. */
  readonly vpc?: IVpc | undefined;
}

/**
 * The HTTP API: two Lambdas of one code base. `control` answers people and their tools, `callbacks` the systems that complete steps;
 * each has a role, a throttle and a share of concurrency of its own, so that a flood of one starves nothing of the other.
 */
export class ApiStack extends Stack {
  readonly temporal: TemporalTarget;
  readonly secrets: SharedSecrets;
  readonly payloads: PayloadBucket;
  readonly frontDoor: HttpFrontDoor;
  readonly control: AlmanacFunction;
  readonly callbacks: AlmanacFunction;
  /** Base of callback URLs. */
  readonly publicUrl: string;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { settings, vpc } = props;
    this.temporal = props.temporal ?? outsideOf(this, settings);
    const key = new Key(this, 'Key', {
      alias: `${prefixOf(settings)}-data`,
      description: 'Payloads and secrets of Almanac',
      enableKeyRotation: true,
      removalPolicy: removalOf(settings),
    });
    this.secrets = new SharedSecrets(this, 'Secrets', { settings, key });
    this.payloads = new PayloadBucket(this, 'Payloads', { settings, key });

    this.frontDoor = new HttpFrontDoor(this, 'Http', { settings });
    this.publicUrl = settings.api.publicUrl ?? this.frontDoor.url;
    const create = (bundle: 'control' | 'callbacks', description: string, environment: Record<string, string>) =>
      new AlmanacFunction(this, bundle === 'control' ? 'Control' : 'Callbacks', {
        settings,
        bundle,
        description,
        environment: {
          ...temporalLambdaEnvironment(this.temporal),
          ALMANAC_TASK_QUEUE: settings.worker.taskQueue,
          ALMANAC_PUBLIC_URL: this.publicUrl,
          ALMANAC_PAYLOAD_BUCKET: this.payloads.bucket.bucketName,
          ALMANAC_LOG_LEVEL: settings.logs.level,
          ALMANAC_CALLBACK_KEYS_SECRET: this.secrets.callbackKeys.secretArn,
          ...environment,
        },
        // API Gateway gives up after 30 s.
        timeout: Duration.seconds(29),
        memorySize: 1024,
        reservedConcurrency: settings.api[bundle].reservedConcurrency,
        vpc: vpcFor(this.temporal, vpc),
      });
    this.control = create('control', 'Schedules, runs and backfills: everything that needs a key', {
      ALMANAC_OWNER: 'api',
      ALMANAC_BACKFILL_MAX: String(settings.backfills.max),
      ...pricesEnvironment(settings),
      ALMANAC_API_KEYS_SECRET: this.secrets.apiKeys.secretArn,
      ...oidcEnvironment(settings),
    });
    this.callbacks = create('callbacks', 'External systems that complete steps: the token is the right', {
      ALMANAC_WEBHOOK_SECRET_ARN: this.secrets.webhookSecret.secretArn,
    });
    this.#grant();
    this.frontDoor.route(this.control.lambda, this.callbacks.lambda);

    new CfnOutput(this, 'Url', { value: this.publicUrl, description: 'ALMANAC_URL' });
    if (this.secrets.adminKey !== undefined) {
      const description = 'Secret with the key of the first admin, for ALMANAC_KEY';
      new CfnOutput(this, 'AdminKeySecret', { value: `${prefixOf(settings)}/admin-key`, description });
    }
  }

  #grant(): void {
    const { callbackKeys, apiKeys, webhookSecret, filled } = this.secrets;
    this.secrets.grantRead(this.control.role, callbackKeys, apiKeys);
    this.secrets.grantRead(this.callbacks.role, callbackKeys, webhookSecret);
    for (const each of [this.control, this.callbacks]) {
      this.payloads.grantUse(each.role);
      allowTemporal(each, this.temporal, 'API');
      // The first call would find empty secrets.
      each.lambda.node.addDependency(filled);
    }
  }
}

function outsideOf(scope: Construct, { temporal }: Settings): TemporalTarget {
  if (temporal.mode === 'self-hosted') throw new Error('a self-hosted Temporal is a stack of its own: give its target');
  return outsideTemporal(scope, temporal);
}

function pricesEnvironment({ backfills: { prices } }: Settings): Record<string, string> {
  return prices === undefined ? {} : { ALMANAC_PRICES: JSON.stringify(prices) };
}

function oidcEnvironment({ auth: { oidc } }: Settings): Record<string, string> {
  if (oidc === undefined) return {};
  return {
    ALMANAC_OIDC_ISSUER: oidc.issuer,
    ALMANAC_OIDC_AUDIENCE: oidc.audience,
    ALMANAC_OIDC_ROLE_CLAIM: oidc.roleClaim,
  };
}
