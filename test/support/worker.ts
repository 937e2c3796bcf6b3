import type { Client } from '@temporalio/client';
import {
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { inject } from 'vitest';
import { createDataConverter } from '../../src/clients/payload-storage.js';
import { createTemporalClient } from '../../src/clients/temporal.js';
import type { WorkerActivities } from '../../src/domain/steps/registry.js';
import { createWorker, type WorkerParts } from '../../src/worker/create-worker.js';
import { createLogger, temporalLogger } from '../../src/worker/logging.js';
import { bundleWorkflows } from '../../src/worker/workflow-bundle.js';
import { logDestination } from './run-logs.js';
import { newBucket, testS3 } from './s3.js';

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** Today's workflows, bundled once a test file. */
export function testBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflows('src/workflows') as Promise<WorkflowBundleWithSourceMap>;
  return bundle;
}

export interface RunningWorker {
  client: Client;
  taskQueue: string;
  stop(): Promise<void>;
}

let queues = 0;

export function newTaskQueue(): string {
  queues += 1;
  return `test-${process.pid}-${Date.now().toString(36)}-${queues}`;
}

/** A real worker on the test run's Temporal server, on a task queue of its own unless said. */
export async function startWorker(
  activities: WorkerActivities,
  { taskQueue = newTaskQueue(), version }: Partial<Pick<WorkerParts, 'taskQueue' | 'version'>> = {},
): Promise<RunningWorker> {
  installQuietRuntime();
  const s3 = testS3();
  const dataConverter = createDataConverter(s3, await newBucket(s3, 'payloads'));
  const address = inject('temporalAddress');
  const connection = await NativeConnection.connect({ address });
  const worker = await createWorker({
    connection,
    namespace: 'default',
    taskQueue,
    workflowBundle: await testBundle(),
    activities,
    dataConverter,
    concurrency: 20,
    version,
    shutdownGraceMs: 500,
    shutdownForceMs: 5_000,
  });
  const running = worker.run();
  return {
    client: createTemporalClient({ connection: { address }, namespace: 'default' }, dataConverter),
    taskQueue,
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

let installed = false;

/** Workers of this process write the log that they write in production, and not on the terminal: the end of the run looks through it. */
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: temporalLogger(createLogger('debug', logDestination('worker'))),
    shutdownSignals: [],
    // As the worker does: what the SDK's core has to say is in the log too.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}
