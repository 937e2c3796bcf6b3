import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import type { ApiConfig } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import type { Backend } from './backend/backend.js';
import { runCli } from './run-cli.js';

// `almanac list | head -1`: the reader has seen enough, which is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

/** The SDK's own is 10 s: long for a person who waits. */
const connectTimeoutMs = 3_000;

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  now: Date.now,
  onInterrupt: (listener) => {
    process.once('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
  connectDirect,
});

/** The clients and services of `--direct`, loaded only for it: Temporal's protocol alone takes 0.2 s. */
async function connectDirect(): Promise<Backend> {
  const [config, temporal, schedules, backfills, slots, exports, plans, runs, pending, calls, direct] =
    await Promise.all([
      import('../config.js'),
      import('../clients/temporal.js'),
      import('../services/schedules/schedule-service.js'),
      import('../services/backfills/backfill-service.js'),
      import('../services/slots/slot-service.js'),
      import('../services/export/export-service.js'),
      import('../services/plan/plan-service.js'),
      import('../services/runs/run-service.js'),
      import('../services/callbacks/pending.js'),
      import('../services/temporal-call.js'),
      import('./backend/direct-backend.js'),
    ]);
  const settings = config.loadApiConfig();
  const client = temporal.createTemporalClient(
    { ...settings.temporal, connection: { ...settings.temporal.connection, connectTimeout: connectTimeoutMs } },
    await payloadConverter(settings),
  );
  await checkTemporal(client, settings.temporal.connection.address);
  const { username } = userInfo();
  return direct.createDirectBackend({
    schedules: schedules.createScheduleService({ client, taskQueue: settings.taskQueue, owner: username }),
    exports: exports.createExportService({ client, taskQueue: settings.taskQueue }),
    plans: plans.createPlanService({ client, taskQueue: settings.taskQueue, owner: username }),
    backfills: backfills.createBackfillService({
      client,
      taskQueue: settings.taskQueue,
      maxSlots: settings.backfillMax,
      prices: settings.prices,
    }),
    slots: slots.createSlotService({ client }),
    runs: runs.createRunService({ client }),
    pendingCallbacks: (page) => calls.callTemporal(client, () => pending.listPending(client, page)),
    user: username,
    close: () => client.connection.close(),
  });
}

/** Large payloads are in S3 only where a bucket is set; without one the S3 client need not be loaded. */
async function payloadConverter({ aws, payloadBucket }: ApiConfig) {
  if (payloadBucket === undefined) return {};
  const [s3, storage] = await Promise.all([import('../clients/s3.js'), import('../clients/payload-storage.js')]);
  return storage.createDataConverter(s3.createS3Client(aws), payloadBucket);
}

/** Said once, with the address: what fails later is about the call and not about the way there. */
async function checkTemporal(client: Client, address: string): Promise<void> {
  try {
    await client.connection.ensureConnected();
  } catch (error) {
    await client.connection.close();
    const hint = 'set TEMPORAL_ADDRESS, or TEMPORAL_CONFIG_FILE (.almanac/temporal.toml of a local platform)';
    throw new AlmanacError('unavailable', `cannot reach Temporal at ${address}: ${hint}`, { cause: error });
  }
}
