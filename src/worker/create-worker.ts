import { getHeapStatistics } from 'node:v8';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { WorkerActivities } from '../domain/steps/registry.js';
import { watchPayloads } from './payload-watch.js';

export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  workflowBundle: WorkflowBundleOption;
  activities: WorkerActivities;
  dataConverter: DataConverter;
  concurrency: number;
  shutdownGraceMs: number;
  shutdownForceMs: number;
  identity?: string;
  /** Its version, where versions of the worker run beside each other; runs stay on the one that they began on. */
  version?: WorkerDeploymentVersion | undefined;
}

/** The worker that both the entry point and the tests run. */
export function createWorker(parts: WorkerParts): Promise<Worker> {
  return Worker.create({
    connection: parts.connection,
    namespace: parts.namespace,
    taskQueue: parts.taskQueue,
    workflowBundle: parts.workflowBundle,
    activities: parts.activities,
    dataConverter: parts.dataConverter,
    maxConcurrentActivityTaskExecutions: parts.concurrency,
    shutdownGraceTime: parts.shutdownGraceMs,
    shutdownForceTime: parts.shutdownForceMs,
    maxCachedWorkflows: cachedRuns(),
    // The default is a minute: people who follow a run, and a cancellation, would wait for as long.
    maxHeartbeatThrottleInterval: '5s',
    interceptors: { activity: [watchPayloads] },
    ...(parts.identity === undefined ? {} : { identity: parts.identity }),
    ...(parts.version === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            version: parts.version,
            useWorkerVersioning: true,
            defaultVersioningBehavior: 'PINNED' as const,
          },
        }),
  });
}

/** Heap that one cached run of the pipeline takes: its own copy of the bundle. */
const runMiB = 2;

/**
 * Runs whose state is kept between their tasks. The SDK's default takes a run for a third of what ours need and would fill the
 * heap; a run that is not cached is replayed from its short history. A third of the heap goes to them.
 */
function cachedRuns(): number {
  const heapMiB = getHeapStatistics().heap_size_limit / 1024 ** 2;
  return Math.max(10, Math.floor(heapMiB / 3 / runMiB));
}
