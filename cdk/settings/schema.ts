import { z } from 'zod';
import { prices } from '../../src/domain/backfill/cost.js';

/** What `almanac.config.json` says: one deployment, and what its stages change of it. */

export const workerDefaults = { cpu: 1024, memory: 2048, min: 1, max: 10 } as const;
export const auroraDefaults = { minCapacity: 0.5, maxCapacity: 8 } as const;
export const networkDefaults = { availabilityZones: 2, natGateways: 1 } as const;

const secretName = z
  .string()
  .regex(
    /^(?:arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/,
    'not the name or ARN of a secret',
  )
  .describe('name or ARN of a secret in AWS Secrets Manager');
const kmsKeyArn = z.string().regex(/^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'not the ARN of a KMS key');
const hostAndPort = z
  .string()
  .regex(/^[\w.-]+:\d{1,5}$/, 'not host:port')
  .describe('host:port of the Temporal frontend');
const namespace = z.string().regex(/^[\w][\w.-]{1,254}$/, 'not the name of a Temporal namespace');

const cloud = z
  .strictObject({
    mode: z.literal('cloud'),
    address: hostAndPort,
    namespace,
    apiKeySecret: secretName.describe('secret whose text is the API key of Temporal Cloud'),
  })
  .describe('Temporal Cloud');

const existing = z
  .strictObject({
    mode: z.literal('existing'),
    address: hostAndPort,
    namespace: namespace.default('default'),
    tls: z.boolean().default(true).describe('speak TLS to it'),
    serverName: z.string().min(1).optional().describe('name in its certificate, where that is not the host'),
    apiKeySecret: secretName.optional(),
  })
  .describe('a Temporal server that is there already');

const selfHosted = z
  .strictObject({
    mode: z.literal('self-hosted'),
    namespace: namespace.default('default'),
    retention: z.int().min(1).max(90).default(7).describe('days for which ended runs are kept'),
    aurora: z
      .strictObject({
        minCapacity: z.number().min(0.5).max(128).default(auroraDefaults.minCapacity),
        maxCapacity: z.number().min(1).max(128).default(auroraDefaults.maxCapacity),
      })
      .prefault({})
      .describe('capacity units of Aurora PostgreSQL Serverless v2'),
    openSearch: z.boolean().default(false).describe('an OpenSearch domain for visibility instead of PostgreSQL'),
  })
  .describe('a Temporal cluster of our own: ECS services over Aurora PostgreSQL');

const bucket = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'not the name of a bucket'),
  access: z.enum(['read', 'write', 'readWrite']),
  kmsKeyArn: kmsKeyArn.optional().describe('key that its objects are encrypted with, if not S3’s own'),
});

const stageName = /^[a-z][a-z0-9-]{0,15}$/;
export const stageNameFault = 'not a stage: at most 16 lower-case letters, digits, hyphens';

/** `default` is what a file without stages is deployed as. */
export function isStageName(name: string): boolean {
  return stageName.test(name) && name !== 'default';
}

const zoneName = /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/;
const subnetId = z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'not the id of a subnet');
const zoneSubnets = z.strictObject({
  workers: subnetId.describe('a private subnet with a way out'),
  data: subnetId
    .optional()
    .describe('a private subnet for the database of a self-hosted Temporal; left out, that of the workers'),
});

const logDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;

const throttle = (rate: number, burst: number) =>
  z
    .strictObject({
      rate: z.int().min(1).max(10_000).default(rate).describe('requests a second'),
      burst: z.int().min(1).max(5_000).default(burst),
      reservedConcurrency: z
        .int()
        .min(1)
        .max(1000)
        .optional()
        .describe('Lambda instances that are its own; left out, it shares those of the account'),
    })
    .prefault({});

/** Everything but the stages, which may change each of these. */
const deploymentShape = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,23}$/, 'lower-case letters, digits and hyphens, at most 24')
    .default('almanac')
    .describe('begins the names of everything deployed; also the owner of the schedules'),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'not an AWS region')
    .describe('AWS region'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'not an AWS account: 12 digits')
    .optional()
    .describe('AWS account; left out, that of the credentials in use'),
  schedules: z.string().min(1).default('schedules').describe('folder of the schedule files'),
  network: z
    .strictObject({
      vpcId: z
        .string()
        .regex(/^vpc-[0-9a-f]{8,17}$/, 'not the id of a VPC')
        .optional()
        .describe('an existing VPC instead of a new one'),
      availabilityZones: z.int().min(2).max(3).default(networkDefaults.availabilityZones),
      natGateways: z
        .int()
        .min(1)
        .max(3)
        .default(networkDefaults.natGateways)
        .describe('of a new VPC: the way out of the workers'),
      subnets: z
        .record(z.string().regex(zoneName, 'not an availability zone, such as eu-central-1a'), zoneSubnets)
        .optional()
        .describe('of an existing VPC, by availability zone; left out, they are looked up in the account at synth'),
    })
    .prefault({}),
  temporal: z.discriminatedUnion('mode', [cloud, existing, selfHosted]),
  worker: z
    .strictObject({
      cpu: z.union([256, 512, 1024, 2048, 4096].map((units) => z.literal(units))).default(workerDefaults.cpu),
      memory: z.int().min(512).max(30_720).default(workerDefaults.memory).describe('MiB'),
      min: z.int().min(1).max(100).default(workerDefaults.min).describe('tasks that always run; these are never Spot'),
      max: z.int().min(1).max(1000).default(workerDefaults.max),
      spotShare: z.number().min(0).max(1).default(0.5).describe('share of Spot among the tasks above min'),
      architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
      concurrency: z.int().min(1).max(1000).default(100).describe('activities at once in one task'),
      taskQueue: z.string().min(1).max(200).default('almanac'),
    })
    .prefault({}),
  buckets: z.array(bucket).max(100).default([]).describe('buckets that the steps may use'),
  mail: z
    .strictObject({ from: z.email().describe('verified sender in Amazon SES') })
    .optional()
    .describe('left out, email.send fails'),
  http: z
    .strictObject({
      allow: z
        .array(z.string().min(1))
        .default([])
        .describe('CIDRs and hosts that steps may reach although not public'),
    })
    .prefault({}),
  auth: z
    .strictObject({
      apiKeysSecret: secretName
        .optional()
        .describe('secret with the API keys; left out, one is made with a generated admin key'),
      oidc: z
        .strictObject({
          issuer: z.url({ protocol: /^https$/ }),
          audience: z.string().min(1),
          roleClaim: z.string().min(1).default('almanac_role'),
        })
        .optional(),
    })
    .prefault({}),
  api: z
    .strictObject({
      publicUrl: z
        .url({ protocol: /^https$/ })
        .transform((url) => url.replace(/\/+$/, ''))
        .optional()
        .describe('https address of the API where a domain of yours stands before it; left out, that of API Gateway'),
      control: throttle(50, 100),
      callbacks: throttle(200, 400),
    })
    .prefault({}),
  backfills: z
    .strictObject({
      max: z.int().min(1).max(200_000).default(10_000).describe('slots that one backfill may have'),
      prices: prices
        .optional()
        .describe('of your own contracts, for the cost that a dry run shows; left out, it shows amounts alone'),
    })
    .prefault({}),
  alarms: z
    .strictObject({ email: z.email().optional().describe('who is told; must confirm the subscription') })
    .prefault({}),
  logs: z
    .strictObject({
      days: z
        .union(logDays.map((days) => z.literal(days)))
        .default(30)
        .describe('days for which logs are kept'),
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    })
    .prefault({}),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  removal: z
    .enum(['retain', 'destroy'])
    .default('retain')
    .describe('what becomes of data (buckets, database, keys, logs) when the stacks are destroyed'),
};

/** The shape alone: how values relate is for `rules.ts` to say, beside it. */
export const settingsSchema = z.strictObject(deploymentShape);

/** A stage may change a part of what stands under a key; whether the whole is complete shows once it is merged. */
const changesShape = z.strictObject({
  ...deploymentShape,
  temporal: z.looseObject({ mode: z.enum(['cloud', 'existing', 'self-hosted']).optional() }).describe('Temporal'),
});

/** The file as editors should see it: a deployment, of which stages change what they name. The merged values are what is checked. */
export const settingsFileSchema = z
  .strictObject(deploymentShape)
  .partial()
  .extend({
    $schema: z.string().optional(),
    stages: z
      .record(z.string().regex(stageName, stageNameFault), changesShape.partial())
      .optional()
      .describe('changes by stage: `-c stage=prod` takes those of prod'),
  });

export interface Settings extends z.output<typeof settingsSchema> {
  /** `default` where the file has no stages. */
  readonly stage: string;
}
