import { CustomResource, Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../../nag.js';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { AlmanacFunction } from '../almanac-function.js';
import { createLogGroup, removalOf } from '../log-group.js';
import { createProvider } from '../provider.js';

export interface ClusterCertificateProps {
  readonly settings: Settings;
  /** The name by which clients reach the frontend, and the servers each other. */
  readonly name: string;
}

/** Raised by one, the next deploy looks at the certificates again, and makes anew what ends within a year. */
const round = '1';

/**
 * A certificate authority of the cluster's own and the certificate of its servers: secrets that begin empty, and a Lambda that makes at
 * deploy what they lack. No key is ever in a template, a parameter or an output.
 */
export class ClusterCertificate extends Construct {
  /** Certificate of the authority, PEM. */
  readonly trust: ISecret;
  /** JSON with `key` and `certificate`. */
  readonly server: ISecret;
  /** To depend on: after it the secrets have their values. */
  readonly made: CustomResource;

  constructor(scope: Construct, id: string, { settings, name }: ClusterCertificateProps) {
    super(scope, id);
    const authority = this.#createEmpty(
      settings,
      'temporal-authority',
      'Authority of the Temporal cluster, with its key',
    );
    this.trust = this.#createEmpty(settings, 'temporal-trust', 'Authority of the Temporal cluster, without its key');
    this.server = this.#createEmpty(settings, 'temporal-certificate', 'Key and certificate of the Temporal servers');
    const make = new AlmanacFunction(this, 'Make', {
      settings,
      bundle: 'cluster-certificate',
      description: 'Makes the certificates of the Temporal cluster',
      environment: {},
      timeout: Duration.minutes(1),
    });
    const secrets = [authority, this.trust, this.server];
    make.role.addToPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: secrets.map(({ secretArn }) => secretArn),
      }),
    );
    const provider = createProvider(this, 'Provider', {
      onEvent: make,
      logGroup: createLogGroup(this, 'ProviderLog', settings, 'lambda/cluster-certificate-provider'),
    });
    this.made = new CustomResource(this, 'Made', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::AlmanacClusterCertificate',
      properties: {
        authoritySecretArn: authority.secretArn,
        trustSecretArn: this.trust.secretArn,
        serverSecretArn: this.server.secretArn,
        names: [name],
        round,
      },
    });
    // Without the permission there is nothing to fill them with.
    this.made.node.addDependency(make.role);
  }

  /** The L2 construct would put a generated password in, and what has a value is left as it is. */
  #createEmpty(settings: Settings, name: string, description: string): ISecret {
    const secret = new CfnSecret(this, name, { name: `${prefixOf(settings)}/${name}`, description });
    secret.applyRemovalPolicy(removalOf(settings));
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'A certificate that ends in ten years, made anew at a deploy in its last: the servers read it when they start, so a timer would change nothing.',
    );
    return Secret.fromSecretCompleteArn(this, `${name}-secret`, secret.ref);
  }
}
