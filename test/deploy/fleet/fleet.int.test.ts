import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createActivities } from '../../../src/activities/index.js';
import type { FleetServices } from '../../../src/clients/ecs-fleet.js';
import { createSesClient } from '../../../src/clients/ses.js';
import { tendFleet } from '../../../src/deploy/fleet/tend-fleet.js';
import { awaitCurrent, removeFleet } from '../../../src/deploy/fleet/version-resource.js';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import type { FleetService } from '../../../src/domain/fleet/versions.js';
import { pipelineWorkflow } from '../../../src/domain/temporal-names.js';
import { createSlotRuns } from '../../../src/services/backfills/slot-runs.js';
import { readBacklog } from '../../../src/services/queue-backlog.js';
import { countRuns } from '../../../src/services/run-counts.js';
import { createWorkerVersions } from '../../../src/services/worker-versions.js';
import { testS3 } from '../../support/s3.js';
import { testClient } from '../../support/temporal.js';
import { newTaskQueue, type RunningWorker, startWorker } from '../../support/worker.js';

const client = testClient();
let taskQueue: string;
let deploymentName: string;
const running = new Map<string, RunningWorker>();

beforeEach(() => {
  taskQueue = newTaskQueue();
  deploymentName = `fleet-${taskQueue}`;
});
afterEach(async () => {
  await Promise.all([...running.values()].map((worker) => worker.stop()));
  running.clear();
});

/** A worker with our workflows, as version `buildId` of this test's deployment. */
async function startVersion(buildId: string): Promise<void> {
  const activities = createActivities({
    s3: testS3(),
    ses: createSesClient({ region: 'us-east-1', sesEndpoint: 'http://127.0.0.1:1' }),
    mailFrom: 'almanac@example.com',
    publicUrl: 'http://127.0.0.1:1',
    callbackKeys: undefined,
    webhookSecret: undefined,
    httpAllow: [],
    slotRuns: createSlotRuns(client),
  });
  running.set(buildId, await startWorker(activities, { taskQueue, version: { deploymentName, buildId } }));
}

function startRun(steps: unknown[], id: string) {
  const { action } = parseDefinition({ id: 'fleet', spec: { intervals: [{ every: '1d' }] }, action: { steps } });
  if (!('steps' in action)) throw new TypeError('the definition has no steps');
  return client.workflow.start(pipelineWorkflow, {
    taskQueue,
    workflowId: `${deploymentName}-${id}`,
    args: [{ scheduleId: 'fleet', timezone: 'UTC', steps: action.steps, input: {} }],
    workflowRunTimeout: '2m',
  });
}

const quick = { pollMs: 200, withinMs: 30_000 };
const versions = () => createWorkerVersions(client, deploymentName);

/** The two calls of ECS that the fleet makes, over a cluster in memory: it starts no container. */
function cluster(...services: FleetService[]): FleetServices & { names(): string[] } {
  const there = new Map(services.map((service) => [service.name, service]));
  return {
    list: async () => [...there.values()],
    delete: async (name) => void there.delete(name),
    setDesiredCount: async (name, desiredCount) => {
      const service = there.get(name);
      if (service !== undefined) there.set(name, { ...service, desiredCount });
    },
    names: () => [...there.keys()],
  };
}

const service = (name: string, buildId: string): FleetService => ({ name, buildId, desiredCount: 1, runningCount: 1 });

describe('versions of the worker on the real server', () => {
  it('a deploy fails when no worker of its version polls', async () => {
    const deployed = { service: 's', buildId: 'absent' };
    const waiting = awaitCurrent({ versions: versions(), deployed }, { pollMs: 50, withinMs: 200 });
    await expect(waiting).rejects.toThrow(/no worker of version absent polls Temporal/);
  });

  it('a deploy makes its version current; a run stays on the version that it began on and ends there', async () => {
    await startVersion('v1');
    await awaitCurrent({ versions: versions(), deployed: { service: 's1', buildId: 'v1' } }, quick);
    expect(await versions().list()).toEqual({ v1: 'current' });
    const long = await startRun([{ id: 'pause', uses: 'wait', with: { duration: '6s' } }], 'long');
    await expect.poll(async () => (await long.describe()).raw.workflowExecutionInfo?.versioningInfo).toBeTruthy();

    await startVersion('v2');
    const deployed = { service: 's2', buildId: 'v2' };
    await awaitCurrent({ versions: versions(), deployed }, quick);
    // Again, as when CloudFormation repeats a call.
    await awaitCurrent({ versions: versions(), deployed }, quick);
    expect(await versions().list()).toEqual({ v1: 'draining', v2: 'current' });
    const services = cluster(service('s1', 'v1'), service('s2', 'v2'));
    await tendFleet({ services, versions: versions(), deployed, minTasks: 1 });
    expect(services.names()).toEqual(['s1', 's2']);

    const short = await startRun([{ id: 'pause', uses: 'wait', with: { duration: '1s' } }], 'short');
    await Promise.all([short.result(), long.result()]);
    expect(await versionOf(short)).toBe('v2');
    expect(await versionOf(long)).toBe('v1');
  });

  it('a rollback makes the version before current again, every minute if need be', async () => {
    await startVersion('v1');
    await startVersion('v2');
    await awaitCurrent({ versions: versions(), deployed: { service: 's2', buildId: 'v2' } }, quick);
    const parts = { versions: versions(), deployed: { service: 's1', buildId: 'v1' }, minTasks: 1 };
    await expect.poll(async () => (await versions().list()).v1, { timeout: 20_000 }).toBe('unused');
    const tended = await tendFleet({ ...parts, services: cluster(service('s1', 'v1')) });
    expect(tended.makeCurrent).toBe(true);
    await expect.poll(async () => (await versions().list()).v1, { timeout: 20_000 }).toBe('current');
  });

  it('the end of the stack deletes every service and waits for their tasks', async () => {
    const services = cluster(service('s1', 'v1'), service('s2', 'v2'));
    await removeFleet({ services }, quick);
    expect(services.names()).toEqual([]);
  });
});

describe('figures of the task queue', () => {
  it('the backlog counts what waits for a version whose workers are gone, and its age grows', async () => {
    await startVersion('v1');
    await awaitCurrent({ versions: versions(), deployed: { service: 's1', buildId: 'v1' } }, quick);
    expect(await readBacklog(client, taskQueue)).toEqual({ tasks: 0, ageSeconds: 0 });
    await running.get('v1')?.stop();
    running.delete('v1');
    for (const id of ['a', 'b', 'c']) await startRun([{ id: 'pause', uses: 'wait', with: { duration: '1s' } }], id);
    await expect
      .poll(async () => (await readBacklog(client, taskQueue)).tasks, { timeout: 20_000, interval: 500 })
      .toBe(3);
    await expect.poll(async () => (await readBacklog(client, taskQueue)).ageSeconds).toBeGreaterThan(0);
  });

  it('runs are counted by how they ended', async () => {
    const begin = new Date(Date.now() - 1_000);
    await startVersion('v1');
    await awaitCurrent({ versions: versions(), deployed: { service: 's1', buildId: 'v1' } }, quick);
    const good = await startRun([{ id: 'pause', uses: 'wait', with: { duration: '10ms' } }], 'good');
    const ended = await startRun([{ id: 'pause', uses: 'wait', with: { duration: '1h' } }], 'ended');
    const open = await startRun([{ id: 'pause', uses: 'wait', with: { duration: '1h' } }], 'open');
    await good.result();
    await ended.terminate();
    const count = () => countRuns(client, taskQueue, begin, new Date(Date.now() + 60_000));
    await expect.poll(count, { timeout: 20_000 }).toEqual({ Completed: 1, Terminated: 1, Running: 1 });
    expect(await countRuns(client, taskQueue, new Date(0), begin)).toEqual({ Running: 1 });
    await open.terminate();
  });
});

async function versionOf(handle: Awaited<ReturnType<typeof startRun>>): Promise<string | null | undefined> {
  const { raw } = await handle.describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}
