import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTelemetryFilterString, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { openKeyring } from '../clients/keyring.js';
import { createDataConverter } from '../clients/payload-storage.js';
import { createS3Client } from '../clients/s3.js';
import { createSesClient } from '../clients/ses.js';
import { createTemporalClient } from '../clients/temporal.js';
import { loadWorkerConfig, type WorkerConfig } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import { createSlotRuns } from '../services/backfills/slot-runs.js';
import { createWorker } from './create-worker.js';
import { startHealthServer } from './health.js';
import { boundHeapGrowth } from './heap-growth.js';
import { createLogger, type JsonLogger, temporalLogger } from './logging.js';
import { startMetricLog } from './metric-log.js';

/** Entry point of the worker: reads the config, builds the clients, polls until SIGTERM or SIGINT, then drains. */
async function main(): Promise<void> {
  boundHeapGrowth();
  const config = loadWorkerConfig();
  const logger = createLogger(config.logLevel);
  installRuntime(config, logger);
  const callbackKeys = await openKeyring(config.callbackKeys, config.aws, (error) =>
    logger.error({ err: error }, 'the keyring of callback tokens cannot be read again: the last one stays in use'),
  );
  const connection = await connect(config, logger);
  const s3 = createS3Client(config.aws);
  const dataConverter = createDataConverter(s3, config.payloadBucket);
  const client = createTemporalClient(config.temporal, dataConverter);
  const worker = await createWorker({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: { codePath: config.workflowBundle ?? builtBundle() },
    activities: createActivities({
      s3,
      ses: createSesClient(config.aws),
      mailFrom: config.mailFrom,
      publicUrl: config.publicUrl,
      callbackKeys,
      webhookSecret: config.webhookSecret,
      httpAllow: config.httpAllow,
      slotRuns: createSlotRuns(client),
    }),
    dataConverter,
    concurrency: config.concurrency,
    shutdownGraceMs: config.shutdownGraceMs,
    shutdownForceMs: config.shutdownForceMs,
    version: config.version,
  });
  const health =
    config.healthPort === undefined ? undefined : await startHealthServer(worker, config.healthPort, '127.0.0.1');
  const metricLog = logMetrics(config, logger);
  drainOnSignal(worker, logger);
  const { taskQueue, version } = config;
  logger.info(
    { taskQueue, namespace: config.temporal.namespace, ...(version && { buildId: version.buildId }) },
    'worker polls',
  );
  try {
    await worker.run();
    logger.info('worker drained');
  } finally {
    health?.close();
    await metricLog?.stop();
    await client.connection.close();
    await connection.close();
  }
}

function installRuntime(config: WorkerConfig, logger: JsonLogger): void {
  Runtime.install({
    logger: temporalLogger(logger),
    // Signals are ours: the platform and the container both send SIGTERM and expect a drain.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(config.metricsPort === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: `127.0.0.1:${config.metricsPort}` } } }),
    },
  });
}

/** Temporal may come up after the worker: tried for a minute, each failure in the log. */
async function connect(config: WorkerConfig, logger: JsonLogger): Promise<NativeConnection> {
  const deadline = Date.now() + 60_000;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return await NativeConnection.connect(config.temporal.connection);
    } catch (error) {
      const message = `cannot reach Temporal at ${config.temporal.connection.address}: ${(error as Error).message}`;
      if (Date.now() + wait > deadline) throw new AlmanacError('unavailable', message, { cause: error });
      logger.warn({ retryInMs: wait }, message);
      await delay(wait);
    }
  }
}

/** Where the log is CloudWatch's, the metrics are part of it. */
function logMetrics({ metricsNamespace, metricsPort, version, taskQueue }: WorkerConfig, logger: JsonLogger) {
  if (metricsNamespace === undefined || metricsPort === undefined) return undefined;
  return startMetricLog({
    namespace: metricsNamespace,
    deployment: version?.deploymentName ?? taskQueue,
    metricsPort,
    write: (line) => process.stdout.write(`${line}\n`),
    warn: (error) => logger.warn({ err: error }, 'the metrics of this minute cannot be read'),
  });
}

function builtBundle(): string {
  return path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../workflow-bundle.js');
}

/** Polling stops at once, activities get the grace time; a second signal changes nothing. */
function drainOnSignal(worker: Worker, logger: JsonLogger): void {
  let draining = false;
  const drain = (reason: string): void => {
    if (draining) return;
    draining = true;
    logger.info({ reason }, 'worker drains');
    worker.shutdown();
  };
  process.on('SIGTERM', () => drain('SIGTERM'));
  process.on('SIGINT', () => drain('SIGINT'));
  // Started by the local platform: without it nobody would end this process.
  process.on('disconnect', () => drain('platform ended'));
}

main().catch((error: unknown) => {
  const problem = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${JSON.stringify({ level: 'error', service: 'worker', msg: problem.message })}\n`);
  process.exitCode = problem instanceof AlmanacError ? problem.exitCode : 1;
});
