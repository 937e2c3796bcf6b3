import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import { cacheFolder } from '../../../src/config.js';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import type { SlotStatus, SlotView } from '../../../src/domain/slots/slot-view.js';
import { searchAttributes } from '../../../src/domain/temporal-names.js';
import { provideBinary, temporalCli } from '../../../src/local/binaries/index.js';
import { createProgress } from '../../../src/local/progress.js';
import { projectRoot } from '../../../src/local/project-root.js';
import { createScheduleService, type ScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { createSlotService } from '../../../src/services/slots/slot-service.js';
import { installQuietRuntime, testBundle } from '../../support/worker.js';

/** A Temporal server of this file's own, which it may stop. */
let server: ChildProcess;
let client: Client;
let worker: Worker;
let working: Promise<void>;
let connection: NativeConnection;
let schedules: ScheduleService;
let created: number;

const definition = (id: string, changes: object = {}) =>
  parseDefinition({
    id,
    spec: { intervals: [{ every: '2s' }] },
    policies: { overlap: 'skip', catchupWindow: '10s' },
    action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '100ms' } }] },
    ...changes,
  });

beforeAll(async () => {
  const binary = await provideBinary(temporalCli, {
    env: process.env,
    cache: cacheFolder(),
    root: projectRoot(),
    progress: createProgress(),
    signal: new AbortController().signal,
  });
  const port = await freePort();
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const command = [
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    'never',
  ];
  server = spawn(binary, [...command, ...attributes], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  installQuietRuntime();
  connection = await eventually(() => NativeConnection.connect({ address }));
  client = createTemporalClient({ connection: { address }, namespace: 'default' });
  await eventually(() => client.workflowService.describeNamespace({ namespace: 'default' }));
  worker = await Worker.create({ connection, taskQueue: 'outage', workflowBundle: await testBundle() });
  working = worker.run();
  schedules = createScheduleService({ client, taskQueue: 'outage', owner: 'test' });
  created = Date.now();
}, 90_000);

afterAll(async () => {
  server.kill('SIGCONT');
  worker?.shutdown();
  await working;
  await connection?.close();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
}, 30_000);

async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

async function slotsOf(id: string, start = created, end = Date.now()): Promise<SlotView[]> {
  const list = createSlotService({ client }).list(id, { start: new Date(start), end: new Date(end), limit: 1_000 });
  return (await list).items;
}

const withStatus = (slots: SlotView[], ...statuses: SlotStatus[]) =>
  slots.filter(({ status }) => statuses.includes(status));

/** Makes the scheduler go on as a new run, as it does by itself after 4,096 events. */
async function continueAsNew(id: string): Promise<void> {
  await client.workflow.getHandle(`temporal-sys-scheduler:${id}`).signal('force-continue-as-new');
  await sleep(500);
}

describe('slots when the server was away and the scheduler went on as new', () => {
  it('knows who paused, over runs of the scheduler', async () => {
    const id = 'over-runs';
    await schedules.create(definition(id));
    await sleep(3_000);
    await continueAsNew(id);
    await schedules.pause(id, 'stocktaking', { by: 'ada' });
    await continueAsNew(id);
    const paused = Date.now();
    await sleep(4_500);
    for (const from of [created, paused]) {
      const slots = withStatus(await slotsOf(id, from), 'paused');
      expect(slots.length).toBeGreaterThanOrEqual(2);
      for (const { pause } of slots) expect(pause).toMatchObject({ by: 'ada', note: 'stocktaking', until: null });
    }
    const ran = withStatus(await slotsOf(id), 'ran', 'late');
    expect(ran.length).toBe((await schedules.get(id)).schedule.counts.actions);
    await schedules.unpause(id, 'done', { by: 'grace' });
    const [first] = withStatus(await slotsOf(id), 'paused');
    expect(first?.evidence[0]).toMatch(/by ada \(stocktaking\), until /);
    await schedules.delete(id);
  }, 30_000);

  it('tells fires that were missed from those that came late, as many as the server counts', async () => {
    const id = 'outage';
    await schedules.create(definition(id));
    await sleep(3_000);
    server.kill('SIGSTOP');
    await sleep(16_000);
    server.kill('SIGCONT');
    await eventually(() => schedules.get(id));
    await sleep(3_000);
    const slots = await slotsOf(id);
    const { counts } = (await schedules.get(id)).schedule;
    const missed = withStatus(slots, 'missedCatchup');
    expect(missed.length).toBeGreaterThanOrEqual(2);
    expect(missed.length).toBe(counts.missedCatchupWindow);
    expect(missed[0]?.evidence[0]).toMatch(
      /^scheduler history: Temporal came to it at .* late; the catchup window is 10 s$/,
    );
    const late = withStatus(slots, 'late');
    expect(late.length).toBeGreaterThan(0);
    expect(late[0]?.lateBySeconds).toBeGreaterThan(5);
    expect(late[0]?.evidence[1]).toMatch(/Temporal came to it at .*, so the server was down or behind$/);
    const skipped = withStatus(slots, 'skippedByOverlap');
    expect(skipped.length).toBe(counts.skippedOverlap);
    const next = skipped.find(({ scheduledTime }) => scheduledTime > (late[0]?.scheduledTime ?? ''));
    expect(next?.evidence[0]).toContain(late[0]?.runs[0]?.runId);
    expect(withStatus(slots, 'unknown')).toEqual([]);
  }, 60_000);
});
