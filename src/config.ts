import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { prices } from './domain/backfill/cost.js';
import { AlmanacError, type ErrorDetail } from './domain/errors.js';
import { defaultTaskQueue } from './domain/temporal-names.js';

/** Environment → typed config, all errors at once. Only entry points call these; the rest gets values. */

type Env = Readonly<Record<string, string | undefined>>;

const port = z.coerce.number().int().min(1).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info');

const awsShape = {
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  AWS_ENDPOINT_URL_SES: z.url().optional(),
};

const commonShape = {
  ...awsShape,
  ALMANAC_TASK_QUEUE: z.string().min(1).default(defaultTaskQueue),
  /** Where external systems reach the API: the base of callback URLs. */
  ALMANAC_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://127.0.0.1:8700'),
  /** Keyring of the callback tokens: the JSON itself, a file of it, or a secret of AWS Secrets Manager by name or ARN. */
  ALMANAC_CALLBACK_KEYS: z.string().min(1).optional(),
  ALMANAC_CALLBACK_KEYS_FILE: z.string().min(1).optional(),
  ALMANAC_CALLBACK_KEYS_SECRET: z.string().min(1).optional(),
  /**
   * Secret of Standard Webhooks signatures, of outgoing requests and of the answers that a step wants signed: whsec_ and base64. A
   * file or the value itself.
   */
  ALMANAC_WEBHOOK_SECRET_FILE: z.string().min(1).optional(),
  ALMANAC_WEBHOOK_SECRET: z.string().startsWith('whsec_').optional(),
  /** Bucket for payloads too large for Temporal's history; without it they stay inline. */
  ALMANAC_PAYLOAD_BUCKET: z.string().min(3).optional(),
  ALMANAC_LOG_LEVEL: logLevel,
};

/** Temporal joins it to a build id by one of these two characters. */
const deploymentName = z.string().regex(/^[^.:]{1,200}$/, 'no dot or colon, at most 200 characters');

const workerShape = z.object({
  ...commonShape,
  /** CIDRs and host names that outgoing HTTP may reach although they are not public. */
  ALMANAC_HTTP_ALLOW: list.default([]),
  ALMANAC_MAIL_FROM: z.email().default('almanac@localhost.localdomain'),
  ALMANAC_WORKER_HEALTH_PORT: port.optional(),
  ALMANAC_WORKER_METRICS_PORT: port.optional(),
  ALMANAC_WORKER_SHUTDOWN_GRACE: z.coerce.number().int().min(0).default(80).describe('seconds'),
  ALMANAC_WORKER_SHUTDOWN_FORCE: z.coerce.number().int().min(1).default(100).describe('seconds'),
  ALMANAC_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(100),
  ALMANAC_WORKFLOW_BUNDLE: z.string().min(1).optional(),
  /** Version of the worker, for Worker Deployment Versioning: both or neither. */
  ALMANAC_WORKER_DEPLOYMENT: deploymentName.optional(),
  ALMANAC_WORKER_BUILD_ID: z.string().min(1).max(255).optional(),
  /** Writes the metrics to the log too, as CloudWatch's embedded metric format, under this namespace. */
  ALMANAC_METRICS_NAMESPACE: z.string().min(1).max(255).optional(),
});

/** What looks after the workers on AWS (src/deploy/fleet). */
const fleetShape = z.object({
  AWS_REGION: z.string().min(1),
  ALMANAC_TASK_QUEUE: z.string().min(1).default(defaultTaskQueue),
  ALMANAC_TEMPORAL_API_KEY_SECRET: z.string().min(1).optional(),
  ALMANAC_TEMPORAL_CA_SECRET: z.string().min(1).optional(),
  ALMANAC_WORKER_DEPLOYMENT: deploymentName,
  ALMANAC_WORKER_BUILD_ID: z.string().min(1).max(255),
  ALMANAC_METRICS_NAMESPACE: z.string().min(1).max(255),
  ALMANAC_FLEET_CLUSTER: z.string().min(1),
  ALMANAC_FLEET_SERVICE: z.string().min(1),
  ALMANAC_FLEET_MIN: z.coerce.number().int().min(1).default(1),
});

const apiShape = z.object({
  ...commonShape,
  ALMANAC_HOST: z.string().min(1).default('127.0.0.1'),
  ALMANAC_PORT: port.default(8700),
  /** Owner of schedules that are created or applied through the API without saying whose. */
  ALMANAC_OWNER: z.string().min(1).max(200).default('api'),
  /** API keys: JSON `[{ "name", "role", "sha256" }]` in a file, or the JSON itself (from a secret store). */
  ALMANAC_API_KEYS_FILE: z.string().min(1).optional(),
  ALMANAC_API_KEYS: z.string().min(1).optional(),
  /**
   * Names or ARNs of secrets of AWS Secrets Manager: the API keys, the webhook secret, the API key of Temporal Cloud, and the certificate
   * authority (PEM) of a Temporal of our own. They are read at the first call and again every few minutes.
   */
  ALMANAC_API_KEYS_SECRET: z.string().min(1).optional(),
  ALMANAC_WEBHOOK_SECRET_ARN: z.string().min(1).optional(),
  ALMANAC_TEMPORAL_API_KEY_SECRET: z.string().min(1).optional(),
  ALMANAC_TEMPORAL_CA_SECRET: z.string().min(1).optional(),
  ALMANAC_OIDC_ISSUER: z.url().optional(),
  ALMANAC_OIDC_AUDIENCE: z.string().min(1).optional(),
  ALMANAC_OIDC_ROLE_CLAIM: z.string().min(1).default('almanac_role'),
  /** Slots that one backfill may have; their list travels as one payload. */
  ALMANAC_BACKFILL_MAX: z.coerce.number().int().min(1).max(200_000).default(10_000),
  /** What a dry run of a backfill reckons costs by: JSON `{ "currency", "millionActions"?, "activityHour"? }`. */
  ALMANAC_PRICES: jsonText.pipe(prices).optional(),
  /** Only set by the local platform: its state file (pids) and its mail sink. */
  ALMANAC_LOCAL_STATE_FILE: z.string().min(1).optional(),
  ALMANAC_LOCAL_MAIL_URL: z.url().optional(),
});

const localShape = z.object({
  ALMANAC_HOME: z.string().min(1).default('.almanac'),
  ALMANAC_PORT: port.default(8700),
  ALMANAC_TEMPORAL_PORT: port.default(7233),
  ALMANAC_TEMPORAL_UI_PORT: port.optional(),
  ALMANAC_S3_PORT: port.default(9000),
  ALMANAC_SES_PORT: port.default(8005),
  ALMANAC_WORKER_HEALTH_PORT: port.optional(),
  ALMANAC_WORKER_METRICS_PORT: port.optional(),
  // Ctrl-C waits for running activities, which resume after the next start: so not for long, unlike on AWS.
  ALMANAC_WORKER_SHUTDOWN_GRACE: z.coerce.number().int().min(0).default(5).describe('seconds'),
  ALMANAC_WORKER_SHUTDOWN_FORCE: z.coerce.number().int().min(1).default(10).describe('seconds'),
  ALMANAC_SCHEDULES: z.string().min(1).default('schedules'),
  ALMANAC_TASK_QUEUE: z.string().min(1).default(defaultTaskQueue),
  ALMANAC_PUBLIC_URL: commonShape.ALMANAC_PUBLIC_URL.unwrap().optional(),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  ...awsShape,
});

export type WorkerConfig = Awaited<ReturnType<typeof loadWorkerConfig>>;
export type ApiConfig = Awaited<ReturnType<typeof loadApiConfig>>;
export type LocalConfig = ReturnType<typeof loadLocalConfig>;

/**
 * Address, namespace, TLS and API key of Temporal as every Temporal tool finds them: the `TEMPORAL_*` variables over the
 * profile of `temporal.toml`.
 */
export function loadTemporalConfig(env: Env = process.env) {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
    return { connection: { address: '127.0.0.1:7233', ...connectionOptions }, namespace: namespace ?? 'default' };
  } catch (error) {
    throw new AlmanacError('invalid-input', `the Temporal settings are not usable: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

export function loadWorkerConfig(env: Env = process.env) {
  const values = parseEnv(workerShape, env);
  return {
    ...common(values),
    temporal: loadTemporalConfig(env),
    httpAllow: values.ALMANAC_HTTP_ALLOW,
    mailFrom: values.ALMANAC_MAIL_FROM,
    healthPort: values.ALMANAC_WORKER_HEALTH_PORT,
    metricsPort: values.ALMANAC_WORKER_METRICS_PORT,
    shutdownGraceMs: values.ALMANAC_WORKER_SHUTDOWN_GRACE * 1000,
    shutdownForceMs: values.ALMANAC_WORKER_SHUTDOWN_FORCE * 1000,
    concurrency: values.ALMANAC_WORKER_CONCURRENCY,
    workflowBundle: values.ALMANAC_WORKFLOW_BUNDLE,
    version: workerVersion(values.ALMANAC_WORKER_DEPLOYMENT, values.ALMANAC_WORKER_BUILD_ID),
    metricsNamespace: values.ALMANAC_METRICS_NAMESPACE,
  };
}

function workerVersion(deploymentName: string | undefined, buildId: string | undefined) {
  if (deploymentName !== undefined && buildId !== undefined) return { deploymentName, buildId };
  if (deploymentName === undefined && buildId === undefined) return undefined;
  throw invalidEnvironment([
    {
      path: buildId === undefined ? 'ALMANAC_WORKER_BUILD_ID' : 'ALMANAC_WORKER_DEPLOYMENT',
      message: 'ALMANAC_WORKER_DEPLOYMENT and ALMANAC_WORKER_BUILD_ID go together',
    },
  ]);
}

export type FleetConfig = ReturnType<typeof loadFleetConfig>;

export function loadFleetConfig(env: Env = process.env) {
  const values = parseEnv(fleetShape, env);
  return {
    region: values.AWS_REGION,
    taskQueue: values.ALMANAC_TASK_QUEUE,
    temporal: loadTemporalConfig(env),
    secrets: { temporalApiKey: values.ALMANAC_TEMPORAL_API_KEY_SECRET, temporalCa: values.ALMANAC_TEMPORAL_CA_SECRET },
    deploymentName: values.ALMANAC_WORKER_DEPLOYMENT,
    deployed: { service: values.ALMANAC_FLEET_SERVICE, buildId: values.ALMANAC_WORKER_BUILD_ID },
    cluster: values.ALMANAC_FLEET_CLUSTER,
    minTasks: values.ALMANAC_FLEET_MIN,
    metricsNamespace: values.ALMANAC_METRICS_NAMESPACE,
  };
}

export function loadApiConfig(env: Env = process.env) {
  const values = parseEnv(apiShape, env);
  if ((values.ALMANAC_OIDC_ISSUER === undefined) !== (values.ALMANAC_OIDC_AUDIENCE === undefined)) {
    throw invalidEnvironment([
      { path: 'ALMANAC_OIDC_AUDIENCE', message: 'ALMANAC_OIDC_ISSUER and ALMANAC_OIDC_AUDIENCE go together' },
    ]);
  }
  return {
    ...common(values),
    temporal: loadTemporalConfig(env),
    host: values.ALMANAC_HOST,
    port: values.ALMANAC_PORT,
    owner: values.ALMANAC_OWNER,
    apiKeys: values.ALMANAC_API_KEYS ?? readOptional(values.ALMANAC_API_KEYS_FILE),
    oidc:
      values.ALMANAC_OIDC_ISSUER === undefined || values.ALMANAC_OIDC_AUDIENCE === undefined
        ? undefined
        : {
            issuer: values.ALMANAC_OIDC_ISSUER,
            audience: values.ALMANAC_OIDC_AUDIENCE,
            roleClaim: values.ALMANAC_OIDC_ROLE_CLAIM,
          },
    /** Names or ARNs of secrets, for what is not given in another way. */
    secrets: {
      apiKeys: values.ALMANAC_API_KEYS_SECRET,
      webhook: values.ALMANAC_WEBHOOK_SECRET_ARN,
      temporalApiKey: values.ALMANAC_TEMPORAL_API_KEY_SECRET,
      temporalCa: values.ALMANAC_TEMPORAL_CA_SECRET,
    },
    backfillMax: values.ALMANAC_BACKFILL_MAX,
    prices: values.ALMANAC_PRICES,
    localStateFile: values.ALMANAC_LOCAL_STATE_FILE,
    localMailUrl: values.ALMANAC_LOCAL_MAIL_URL,
  };
}

export function loadLocalConfig(env: Env = process.env) {
  const values = parseEnv(localShape, env);
  return {
    home: path.resolve(values.ALMANAC_HOME),
    ports: {
      api: values.ALMANAC_PORT,
      temporal: values.ALMANAC_TEMPORAL_PORT,
      s3: values.ALMANAC_S3_PORT,
      ses: values.ALMANAC_SES_PORT,
      /** Left out, these are chosen beside the others; a taken one is then no fault. */
      temporalUi: values.ALMANAC_TEMPORAL_UI_PORT,
      workerHealth: values.ALMANAC_WORKER_HEALTH_PORT,
      workerMetrics: values.ALMANAC_WORKER_METRICS_PORT,
    },
    workerShutdown: {
      graceSeconds: values.ALMANAC_WORKER_SHUTDOWN_GRACE,
      forceSeconds: values.ALMANAC_WORKER_SHUTDOWN_FORCE,
    },
    /** Folder of the schedule files that are applied at the start. */
    schedules: path.resolve(values.ALMANAC_SCHEDULES),
    taskQueue: values.ALMANAC_TASK_QUEUE,
    publicUrl: values.ALMANAC_PUBLIC_URL ?? `http://127.0.0.1:${values.ALMANAC_PORT}`,
    region: values.AWS_REGION,
    /** Real parts that replace the local ones. */
    external: {
      temporalAddress: values.TEMPORAL_ADDRESS,
      s3Endpoint: values.AWS_ENDPOINT_URL_S3,
      sesEndpoint: values.AWS_ENDPOINT_URL_SES,
    },
  };
}

/** Where downloaded and built binaries are kept between checkouts. */
export function cacheFolder(env: Env = process.env): string {
  return env.ALMANAC_CACHE ?? path.join(env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'almanac');
}

function common(values: z.output<z.ZodObject<typeof commonShape>>) {
  return {
    aws: {
      region: values.AWS_REGION,
      s3Endpoint: values.AWS_ENDPOINT_URL_S3,
      sesEndpoint: values.AWS_ENDPOINT_URL_SES,
    },
    taskQueue: values.ALMANAC_TASK_QUEUE,
    publicUrl: values.ALMANAC_PUBLIC_URL,
    /** Where the keyring is; the first that is set. File and secret are read again when they change. */
    callbackKeys: {
      json: values.ALMANAC_CALLBACK_KEYS,
      file: values.ALMANAC_CALLBACK_KEYS_FILE,
      secret: values.ALMANAC_CALLBACK_KEYS_SECRET,
    },
    webhookSecret: values.ALMANAC_WEBHOOK_SECRET ?? readOptional(values.ALMANAC_WEBHOOK_SECRET_FILE),
    payloadBucket: values.ALMANAC_PAYLOAD_BUCKET,
    logLevel: values.ALMANAC_LOG_LEVEL,
  };
}

function parseEnv<T extends z.ZodObject>(shape: T, env: Env): z.output<T> {
  const known: Env = Object.fromEntries(
    Object.keys(shape.shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  );
  const parsed = shape.safeParse(known);
  if (parsed.success) return parsed.data;
  throw invalidEnvironment(
    parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}

/** Values are left out: a variable may hold a secret. */
function invalidEnvironment(details: ErrorDetail[]): AlmanacError {
  const names = details.map((detail) => `${detail.path}: ${detail.message}`).join('; ');
  return new AlmanacError('invalid-input', `the environment is not usable: ${names}`, { details });
}

function readOptional(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new AlmanacError('invalid-input', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function definedOnly(env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
