import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import protos from '@temporalio/proto';
import type { HealthView } from '../../domain/views.js';
import { callTemporal } from '../temporal-call.js';

type Component = HealthView['components'][number];

export interface HealthOptions {
  client: Client;
  taskQueue: string;
  /** Proves that S3 answers, or throws; left out, S3 is not part of this deployment's health. */
  probeS3?: (signal: AbortSignal) => Promise<unknown>;
  /** Process ids by component name, where the local platform knows them. */
  readPids?: () => Promise<Record<string, number>>;
}

export interface HealthService {
  /** Always answers, within three seconds. */
  check(): Promise<HealthView>;
}

const probeMs = 2_000;
/** A worker polls at least once a minute: an older poller is one that is gone. */
const stalePollerMs = 90_000;

export function createHealthService(options: HealthOptions): HealthService {
  return {
    async check() {
      const [temporalHealth, s3, worker, pids] = await Promise.all([
        checkTemporal(options.client),
        options.probeS3 === undefined ? undefined : checkS3(options.probeS3),
        checkWorker(options.client, options.taskQueue),
        options.readPids?.().catch(() => ({})) ?? {},
      ]);
      const found: Component[] = [temporalHealth, ...(s3 ? [s3] : []), worker, { name: 'api', status: 'ok' }];
      const known: Record<string, number> = { api: process.pid, ...pids };
      const components = found.map((component) => {
        const pid = options.readPids === undefined ? undefined : known[component.name];
        return { ...component, ...(pid === undefined ? {} : { pid }) };
      });
      return { status: overall(components), components };
    },
  };
}

/** Without Temporal nothing works; without S3 or a worker schedules can still be read and changed. */
function overall(components: readonly Component[]): HealthView['status'] {
  if (components.some(({ name, status }) => name === 'temporal' && status === 'down')) return 'down';
  return components.every(({ status }) => status === 'ok') ? 'ok' : 'degraded';
}

async function checkTemporal(client: Client): Promise<Component> {
  try {
    await callTemporal(client, () => client.workflowService.getSystemInfo({}), { deadlineMs: probeMs });
    return { name: 'temporal', status: 'ok' };
  } catch {
    return { name: 'temporal', status: 'down', detail: 'does not answer' };
  }
}

async function checkS3(probe: (signal: AbortSignal) => Promise<unknown>): Promise<Component> {
  try {
    await probe(AbortSignal.timeout(probeMs));
    return { name: 's3', status: 'ok' };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    return { name: 's3', status: 'down', detail: `does not answer: ${name}` };
  }
}

async function checkWorker(client: Client, taskQueue: string): Promise<Component> {
  try {
    const { pollers } = await callTemporal(
      client,
      () =>
        client.workflowService.describeTaskQueue({
          namespace: client.options.namespace,
          taskQueue: { name: taskQueue },
          taskQueueType: protos.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        }),
      { deadlineMs: probeMs },
    );
    const ages = (pollers ?? []).map(({ lastAccessTime }) => Date.now() - (optionalTsToMs(lastAccessTime) ?? 0));
    if (ages.some((age) => age < stalePollerMs)) return { name: 'worker', status: 'ok' };
    return { name: 'worker', status: 'down', detail: `no worker polls task queue ${taskQueue}` };
  } catch {
    return { name: 'worker', status: 'down', detail: 'not known: Temporal does not answer' };
  }
}
