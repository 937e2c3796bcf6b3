import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { StepActivities } from '../domain/steps/registry.js';
import { watchPayloads } from './payload-watch.js';

export interface WorkerParts {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  workflowBundle: WorkflowBundleOption;
  activities: StepActivities;
  dataConverter: DataConverter;
  concurrency: number;
  shutdownGraceMs: number;
  shutdownForceMs: number;
  identity?: string;
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
    // The default is a minute: people who follow a run, and a cancellation, would wait for as long.
    maxHeartbeatThrottleInterval: '5s',
    interceptors: { activity: [watchPayloads] },
    ...(parts.identity === undefined ? {} : { identity: parts.identity }),
  });
}
