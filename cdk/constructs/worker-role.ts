import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../nag.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';

type BucketSettings = Settings['buckets'][number];

const readActions = ['s3:GetObject', 's3:GetObjectTagging'];
/** Deleting is what `move` does with its source, and a transform with a part of its target that it replaces. */
const writeActions = ['s3:PutObject', 's3:PutObjectTagging', 's3:DeleteObject'];
const uploadActions = ['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'];

/** What the steps may do: the named buckets, their keys, the sender's address. Nothing of an account that the settings do not name. */
export function createWorkerRole(scope: Construct, id: string, settings: Settings): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    description: `Steps of ${prefixOf(settings)}`,
  });
  for (const bucket of settings.buckets) allowBucket(role, bucket);
  if (settings.mail !== undefined) allowMail(role, settings.mail.from);
  return role;
}

function allowBucket(role: Role, { name, access, kmsKeyArn }: BucketSettings): void {
  const { partition } = Stack.of(role);
  const arn = `arn:${partition}:s3:::${name}`;
  const writes = access !== 'read';
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket', ...(writes ? ['s3:ListBucketMultipartUploads'] : [])],
      resources: [arn],
    }),
  );
  // A worker that resumes looks at what it has written, and an upload in parts is read back by S3 with the writer's key: who may write may read.
  role.addToPolicy(
    new PolicyStatement({
      actions: [...readActions, ...(writes ? [...writeActions, ...uploadActions] : [])],
      resources: [`${arn}/*`],
    }),
  );
  acknowledgeWildcard(
    role,
    `${arn}/*`,
    'The objects of a bucket that almanac.config.json names; which of them is for the schedules to say.',
  );
  if (kmsKeyArn === undefined) return;
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', ...(writes ? ['kms:GenerateDataKey'] : [])],
      resources: [kmsKeyArn],
    }),
  );
}

/** The identity of the sender: its address, or the domain that it belongs to, whichever was verified. */
function allowMail(role: Role, from: string): void {
  const { partition, region, account } = Stack.of(role);
  const domain = from.slice(from.indexOf('@') + 1);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['ses:SendEmail', 'ses:SendRawEmail'],
      resources: [from, domain].map((name) => `arn:${partition}:ses:${region}:${account}:identity/${name}`),
      conditions: { StringEquals: { 'ses:FromAddress': from } },
    }),
  );
}
