import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { serve } from '@hono/node-server';
import { createDataConverter } from '../clients/payload-storage.js';
import { createS3Client } from '../clients/s3.js';
import { createImpatientClient, createTemporalClient } from '../clients/temporal.js';
import { loadApiConfig } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import { buildApp } from './build-app.js';
import { openApiKeys, openCallbackKeys, openTemporalAccess, openWebhookSecret } from './entry-secrets.js';
import { bufferedOutput, createJsonLog } from './json-log.js';

/** How long open requests may go on after a signal: a little over the slowest call to Temporal. */
const drainMs = 10_000;

async function main(): Promise<void> {
  const config = loadApiConfig();
  const log = createJsonLog(config.logLevel, bufferedOutput());
  const [apiKeys, callbackKeys, webhookSecret, temporal] = await Promise.all([
    openApiKeys(config, log),
    openCallbackKeys(config, log),
    openWebhookSecret(config, log),
    openTemporalAccess(config, log),
  ]);
  const s3 = createS3Client(config.aws);
  const dataConverter = createDataConverter(s3, config.payloadBucket);
  const client = createTemporalClient(temporal, dataConverter);
  const callbackClient = createImpatientClient(temporal, dataConverter);
  const app = buildApp({
    ...config,
    apiKeys,
    callbackKeys,
    webhookSecret,
    client,
    callbackClient,
    log,
    // AWS's own S3 is not ours to watch, and listing buckets needs a right that the API does not have.
    probeS3:
      config.aws.s3Endpoint === undefined
        ? undefined
        : (abortSignal) => s3.send(new ListBucketsCommand({}), { abortSignal }),
  });
  const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, ({ address, port }) => {
    log.info({ address, port }, 'listening');
    process.send?.({ type: 'ready', port });
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    const inUse = error.code === 'EADDRINUSE';
    const hint = inUse ? `port ${config.port} is in use: set ALMANAC_PORT to another` : error.message;
    log.error({ err: error }, hint);
    process.exit(1);
  });

  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(0), drainMs).unref();
    server.close(() => {
      const closed = [client, callbackClient].map(({ connection }) => connection.close());
      void Promise.allSettled(closed).then(() => process.exit(0));
    });
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  // Started by the local platform: without it there is nobody left to stop this process.
  if (process.channel) process.once('disconnect', () => stop('the parent is gone'));
}

main().catch((error: unknown) => {
  if (!(error instanceof AlmanacError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
});
