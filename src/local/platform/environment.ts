import type { LocalConfig } from '../../config.js';
import type { HomeLayout } from '../home/layout.js';
import type { Endpoints } from './endpoints.js';
import type { Ports } from './ports.js';

type Env = NodeJS.ProcessEnv;

/** Root keys of the local S3 server. It listens on 127.0.0.1 only, so they are no secret. */
export const localS3Keys = { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' } as const;
export const payloadBucket = 'almanac-payloads';

/**
 * Variables that the clients of the local servers read, over the user's own: what points to another account, profile or
 * cluster must not leak into a client of a local server.
 */
export function clientEnvironment(config: LocalConfig, layout: HomeLayout, { endpoints }: Where, env: Env): Env {
  return {
    ...env,
    ...(config.external.temporalAddress === undefined ? localTemporal(env, layout) : {}),
    ...(config.external.s3Endpoint === undefined ? localAws : {}),
    AWS_REGION: config.region,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SES: endpoints.ses,
    // A proxy of the user's network must not stand between the parts of this machine.
    NO_PROXY: withLoopback(env.NO_PROXY ?? env.no_proxy),
    no_proxy: withLoopback(env.NO_PROXY ?? env.no_proxy),
    // The AWS SDK's advice on future Node versions belongs to developers of Almanac, not into its logs.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Variables of worker and API, as src/config.ts reads them. */
export function serviceEnvironment(config: LocalConfig, layout: HomeLayout, where: Where, env: Env): Env {
  const { endpoints, ports } = where;
  return {
    ...clientEnvironment(config, layout, where, env),
    ALMANAC_TASK_QUEUE: config.taskQueue,
    ALMANAC_PUBLIC_URL: config.publicUrl,
    ALMANAC_HOST: '127.0.0.1',
    ALMANAC_PORT: String(ports.api),
    ALMANAC_CALLBACK_KEYS_FILE: layout.callbackKeys,
    ALMANAC_CALLBACK_KEYS: undefined,
    ALMANAC_WEBHOOK_SECRET_FILE: layout.webhookSecret,
    ALMANAC_API_KEYS_FILE: layout.apiKeys,
    // The key in admin.key must open the API; keys of one's own go into api-keys.json.
    ALMANAC_API_KEYS: undefined,
    ALMANAC_LOCAL_STATE_FILE: layout.state,
    ALMANAC_LOCAL_MAIL_URL: endpoints.mail,
    ALMANAC_PAYLOAD_BUCKET: env.ALMANAC_PAYLOAD_BUCKET ?? payloadBucket,
    ALMANAC_HTTP_ALLOW: env.ALMANAC_HTTP_ALLOW ?? '127.0.0.0/8,::1/128',
    ALMANAC_WORKER_HEALTH_PORT: String(ports.workerHealth),
    ALMANAC_WORKER_METRICS_PORT: String(ports.workerMetrics),
    ALMANAC_WORKER_SHUTDOWN_GRACE: String(config.workerShutdown.graceSeconds),
    ALMANAC_WORKER_SHUTDOWN_FORCE: String(config.workerShutdown.forceSeconds),
  };
}

/** What a server binary needs and no more: both read many variables of general names (WEBHOOK, LOGFILE, TEMPORAL_…). */
export function serverEnvironment(env: Env, own: Env = {}): Env {
  return { PATH: env.PATH, HOME: env.HOME, TMPDIR: env.TMPDIR, TZ: env.TZ, ...own };
}

/** The platform's own profile, as `temporal.toml` has it. */
export function temporalProfile({ temporal }: Endpoints): string {
  return `[profile.default]\naddress = "${temporal}"\nnamespace = "default"\n`;
}

export interface Where {
  endpoints: Endpoints;
  ports: Ports;
}

const localAws: Env = {
  AWS_ACCESS_KEY_ID: localS3Keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localS3Keys.secretAccessKey,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_DEFAULT_PROFILE: undefined,
};

/** Every TEMPORAL_ variable of the user gives way to the platform's own profile. */
function localTemporal(env: Env, layout: HomeLayout): Env {
  const others = Object.keys(env).filter((name) => name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others.map((name) => [name, undefined])),
    TEMPORAL_CONFIG_FILE: layout.temporalConfig,
  };
}

function withLoopback(list: string | undefined): string {
  const parts = (list ?? '').split(',').map((part) => part.trim());
  return [...new Set([...parts, '127.0.0.1', 'localhost'])].filter((part) => part !== '').join(',');
}
