import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from '../nag.js';
import type { Settings } from '../settings/schema.js';
import { removalOf } from './log-group.js';

/** Where payloads lie that are too large for a history: src/clients/payload-storage.ts writes them below this prefix. */
const prefix = 'payloads/';

/** Bucket of large payloads: TLS only, encrypted, nothing public. */
export class PayloadBucket extends Construct {
  readonly bucket: Bucket;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { settings, key }: { settings: Settings; key: IKey }) {
    super(scope, id);
    this.#key = key;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: removalOf(settings),
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // Never expired by age: the input of a schedule lies here too, and is read for as long as the schedule lives.
        {
          id: 'rarely-read',
          transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
        },
      ],
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'Read and written by three roles of this app alone, by content hash; a log of each access would cost more than the payloads.',
    );
  }

  /** Reading and writing objects: no listing and no deleting, which nothing does. */
  grantUse(role: Role): void {
    const objects = this.bucket.arnForObjects(`${prefix}*`);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [objects] }));
    acknowledgeWildcard(role, objects, 'Payloads are named by the hash of their content.');
    role.addToPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.#key.keyArn] }),
    );
  }
}
