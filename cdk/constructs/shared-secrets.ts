import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import { AlmanacFunction } from './almanac-function.js';
import { createLogGroup, removalOf } from './log-group.js';
import { createProvider } from './provider.js';
import { secretByNameOrArn } from './secret-by-name.js';

export interface SharedSecretsProps {
  readonly settings: Settings;
  readonly key: IKey;
}

/**
 * What the parts share and nobody chooses: the keyring of callback tokens, the API keys with the key of the first admin, and the
 * secret of webhook signatures. The secrets begin empty and a Lambda fills in what is missing at deploy, so that no value is ever
 * in a template, a parameter or an output, and no deploy replaces one that is there.
 */
export class SharedSecrets extends Construct {
  readonly callbackKeys: ISecret;
  readonly apiKeys: ISecret;
  readonly webhookSecret: ISecret;
  /** Text of the admin's key, for people to read once; absent where the API keys are a secret of the user's own. */
  readonly adminKey: ISecret | undefined;
  /** To depend on: after it the secrets have their values. */
  readonly filled: CustomResource;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { settings, key }: SharedSecretsProps) {
    super(scope, id);
    this.#key = key;
    const own = settings.auth.apiKeysSecret;
    const create = (name: string, description: string): ISecret => this.#createEmpty(settings, key, name, description);
    this.callbackKeys = create('callback-keys', 'Keyring of the callback tokens');
    this.webhookSecret = create('webhook-secret', 'Secret of the signatures of outgoing requests');
    this.apiKeys =
      own === undefined
        ? create('api-keys', 'Keys of the API: names, roles and hashes')
        : secretByNameOrArn(this, 'OwnApiKeys', own);
    this.adminKey = own === undefined ? create('admin-key', 'Key of the first admin') : undefined;

    const made = { callbackKeys: this.callbackKeys, webhookSecret: this.webhookSecret, adminKey: this.adminKey };
    const fill = new AlmanacFunction(this, 'Fill', {
      settings,
      bundle: 'secrets',
      description: 'Generates the secrets that have no value yet',
      environment: {},
      timeout: Duration.minutes(1),
    });
    const written = [...Object.values(made), own === undefined ? this.apiKeys : undefined].filter(
      (secret): secret is ISecret => secret !== undefined,
    );
    fill.role.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: written.map(({ secretArn }) => secretArn),
      }),
    );
    fill.role.addToPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
    );
    const provider = createProvider(this, 'Provider', {
      onEvent: fill,
      logGroup: createLogGroup(this, 'ProviderLog', settings, 'lambda/secrets-provider'),
    });
    this.filled = new CustomResource(this, 'Filled', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::AlmanacSecrets',
      properties: {
        callbackKeysSecretArn: this.callbackKeys.secretArn,
        webhookSecretArn: this.webhookSecret.secretArn,
        ...(this.adminKey === undefined
          ? {}
          : { apiKeysSecretArn: this.apiKeys.secretArn, adminKeySecretArn: this.adminKey.secretArn }),
      },
    });
    // Without the permission there is nothing to fill them with.
    this.filled.node.addDependency(fill.role);
  }

  /**
   * Lets a role read the secret. The key trusts the policies of its account, so that it need not name roles of stacks that come after
   * this one.
   */
  grantRead({ grantPrincipal }: IGrantable, ...secrets: ISecret[]): void {
    for (const secret of secrets) secret.grantRead(grantPrincipal);
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [this.#key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `secretsmanager.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }

  /** The L2 construct would put a generated password in, and what has a value is left as it is. */
  #createEmpty(settings: Settings, key: IKey, name: string, description: string): ISecret {
    const secret = new CfnSecret(this, name, {
      name: `${prefixOf(settings)}/${name}`,
      description,
      kmsKeyId: key.keyArn,
    });
    secret.applyRemovalPolicy(removalOf(settings));
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'Rotated by `almanac keys rotate`, which keeps the previous key until the last token it sealed has expired: a timer can not know when that is.',
    );
    return Secret.fromSecretAttributes(this, `${name}-secret`, { secretCompleteArn: secret.attrId });
  }
}
