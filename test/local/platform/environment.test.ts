import { expect, test } from 'vitest';
import { loadApiConfig, loadLocalConfig } from '../../../src/config.js';
import { homeLayout } from '../../../src/local/home/layout.js';
import { endpointsOf } from '../../../src/local/platform/endpoints.js';
import { clientEnvironment, serviceEnvironment } from '../../../src/local/platform/environment.js';
import { neededPorts } from '../../../src/local/platform/ports.js';

const ports = { api: 1, temporal: 2, temporalUi: 3, s3: 4, ses: 5, workerHealth: 6, workerMetrics: 7 };
const layout = homeLayout('/home/me/.almanac');

function environments(env: NodeJS.ProcessEnv) {
  const config = loadLocalConfig(env);
  const where = { ports, endpoints: endpointsOf(config, ports) };
  return {
    client: clientEnvironment(config, layout, where, env),
    service: serviceEnvironment(config, layout, where, env),
    needs: neededPorts(config).map(({ variable }) => variable),
  };
}

test('what points elsewhere does not leak into clients of local servers', () => {
  const { client, service } = environments({
    TEMPORAL_API_KEY: 'secret',
    TEMPORAL_PROFILE: 'prod',
    TEMPORAL_NAMESPACE: 'prod.a1b2c',
    AWS_PROFILE: 'prod',
    AWS_SESSION_TOKEN: 'secret',
    AWS_ACCESS_KEY_ID: 'AKIA',
    HTTPS_PROXY: 'http://proxy.example:3128',
    NO_PROXY: 'intra.example',
    ALMANAC_API_KEYS: '[]',
    EDITOR: 'vi',
  });
  expect(client).toMatchObject({
    TEMPORAL_CONFIG_FILE: '/home/me/.almanac/temporal.toml',
    AWS_ACCESS_KEY_ID: 'almanac',
    AWS_SECRET_ACCESS_KEY: 'almanac-local',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4',
    AWS_ENDPOINT_URL_SES: 'http://127.0.0.1:5',
    HTTPS_PROXY: 'http://proxy.example:3128',
    NO_PROXY: 'intra.example,127.0.0.1,localhost',
    EDITOR: 'vi',
  });
  for (const name of [
    'TEMPORAL_API_KEY',
    'TEMPORAL_PROFILE',
    'TEMPORAL_NAMESPACE',
    'AWS_PROFILE',
    'AWS_SESSION_TOKEN',
  ]) {
    expect(client[name]).toBeUndefined();
  }
  expect(service.ALMANAC_API_KEYS).toBeUndefined();
});

test('the real thing replaces a part: its settings pass through and its ports are not needed', () => {
  const { client, needs } = environments({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_NAMESPACE: 'team',
    AWS_ENDPOINT_URL_S3: 'https://s3.eu-central-1.amazonaws.com',
    AWS_ENDPOINT_URL_SES: 'https://email.eu-central-1.amazonaws.com',
    AWS_REGION: 'eu-central-1',
    AWS_PROFILE: 'team',
  });
  expect(client).toMatchObject({
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    TEMPORAL_NAMESPACE: 'team',
    AWS_ENDPOINT_URL_S3: 'https://s3.eu-central-1.amazonaws.com',
    AWS_ENDPOINT_URL_SES: 'https://email.eu-central-1.amazonaws.com',
    AWS_REGION: 'eu-central-1',
    AWS_PROFILE: 'team',
  });
  expect(client.AWS_ACCESS_KEY_ID).toBeUndefined();
  expect(needs).toEqual(['ALMANAC_PORT']);
});

test('worker and API get what they read, and what the user set stays', () => {
  const { service, needs } = environments({
    ALMANAC_PORT: '1',
    ALMANAC_HTTP_ALLOW: '10.0.0.0/8',
    ALMANAC_WORKER_SHUTDOWN_GRACE: '30',
  });
  expect(service).toMatchObject({
    ALMANAC_PUBLIC_URL: 'http://127.0.0.1:1',
    ALMANAC_PORT: '1',
    ALMANAC_LOCAL_STATE_FILE: layout.state,
    ALMANAC_LOCAL_MAIL_URL: 'http://127.0.0.1:5',
    ALMANAC_PAYLOAD_BUCKET: 'almanac-payloads',
    ALMANAC_HTTP_ALLOW: '10.0.0.0/8',
    ALMANAC_WORKER_SHUTDOWN_GRACE: '30',
    ALMANAC_WORKER_SHUTDOWN_FORCE: '10',
  });
  expect(environments({}).service.ALMANAC_HTTP_ALLOW).toBe('127.0.0.0/8,::1/128');
  expect(needs).toEqual(['ALMANAC_PORT', 'ALMANAC_TEMPORAL_PORT', 'ALMANAC_S3_PORT', 'ALMANAC_SES_PORT']);
});

test('every unusable variable is named at once', () => {
  expect(() => loadLocalConfig({ ALMANAC_PORT: '0', ALMANAC_S3_PORT: 'many' })).toThrow(
    /ALMANAC_PORT.*ALMANAC_S3_PORT/,
  );
  expect(loadApiConfig({}).port).toBe(8700);
});
