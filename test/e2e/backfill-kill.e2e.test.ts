import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import { createBackfillService } from '../../src/services/backfills/backfill-service.js';
import { createScheduleService } from '../../src/services/schedules/schedule-service.js';
import { seeded } from '../activities/s3/random.js';
import setup from '../support/global-setup.js';

/** SIGKILLs of a real worker process in the middle of a backfill. `ALMANAC_KILL_ROUNDS=20` for a longer proof. */
const kills = Number(process.env.ALMANAC_KILL_ROUNDS ?? 4);
const random = seeded(Number(process.env.ALMANAC_KILL_SEED ?? 20261121));
const taskQueue = 'backfill-kill';
const maxConcurrent = 6;

let teardown: () => Promise<void>;
let address = '';
let client: Client;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  const provided = new Map<string, string>();
  const provide = (name: string, value: unknown) => void provided.set(name, String(value));
  teardown = await setup({ provide } as Parameters<typeof setup>[0]);
  address = provided.get('temporalAddress') ?? '';
  client = createTemporalClient({ connection: { address }, namespace: 'default' });
});
afterAll(async () => {
  await kill();
  await client?.connection.close();
  await teardown?.();
});

function startWorker(): void {
  worker = spawn(process.execPath, ['dist/src/worker/main.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...{ TEMPORAL_ADDRESS: address, ALMANAC_TASK_QUEUE: taskQueue, AWS_REGION: 'us-east-1' },
      ...{ ALMANAC_LOG_LEVEL: 'error', NODE_NO_WARNINGS: '1' },
    },
  });
}

async function kill(): Promise<void> {
  if (worker === undefined || worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

test('a backfill whose workers are killed runs each slot once, and never more than N', async () => {
  const schedules = createScheduleService({ client, taskQueue, owner: 'test' });
  const backfills = createBackfillService({ client, taskQueue, maxSlots: 1_000, eventsPerRun: 60 });
  await schedules.create(
    parseDefinition({
      id: 'killed',
      spec: { intervals: [{ every: '1h' }] },
      paused: true,
      policies: { overlap: 'allowAll' },
      action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '700ms' } }] },
    }),
  );
  const slots = 60;
  const start = new Date('2026-03-10T00:00:00Z');
  const end = new Date(start.getTime() + (slots - 1) * 3_600_000);
  startWorker();
  const { id } = await backfills.start(
    'killed',
    { start, end, maxConcurrent, order: 'oldest', only: 'all' },
    { createdBy: 'test' },
  );
  for (let round = 0; round < kills; round += 1) {
    await delay(1_500 + random() * 2_500);
    await kill();
    startWorker();
  }
  let view = await backfills.get(id);
  for (const deadline = Date.now() + 90_000; view.closeTime === null && Date.now() < deadline; ) {
    await delay(200);
    view = await backfills.get(id);
  }
  expect(view).toMatchObject({ status: 'completed', total: slots, succeeded: slots, failed: 0, skipped: 0 });
  const runs: { workflowId: string; startTime: Date; closeTime?: Date }[] = [];
  for await (const run of client.workflow.list({ query: `AlmanacBackfillId = '${id}'` })) runs.push(run);
  expect(new Set(runs.map(({ workflowId }) => workflowId)).size).toBe(slots);
  expect(runs).toHaveLength(slots);
  const changes = runs.flatMap(({ startTime, closeTime }) => [
    [startTime.getTime(), 1] as const,
    [closeTime?.getTime() ?? 0, -1] as const,
  ]);
  changes.sort(([a, one], [b, other]) => a - b || one - other);
  let open = 0;
  let most = 0;
  for (const [, change] of changes) {
    open += change;
    most = Math.max(most, open);
  }
  expect(most).toBeLessThanOrEqual(maxConcurrent);
});
