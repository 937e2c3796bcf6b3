import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import type { SlotStatus, SlotView } from '../../../src/domain/slots/slot-view.js';
import { createScheduleService, type ScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { createSlotService } from '../../../src/services/slots/slot-service.js';
import { eventually, type OwnTemporalServer, startOwnTemporalServer } from '../../support/temporal-server.js';
import { installQuietRuntime, testBundle } from '../../support/worker.js';

let server: OwnTemporalServer;
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
  server = await startOwnTemporalServer();
  client = server.client;
  installQuietRuntime();
  connection = await NativeConnection.connect({ address: server.address });
  worker = await Worker.create({ connection, taskQueue: 'outage', workflowBundle: await testBundle() });
  working = worker.run();
  schedules = createScheduleService({ client, taskQueue: 'outage', owner: 'test' });
  created = Date.now();
}, 90_000);

afterAll(async () => {
  server?.thaw();
  worker?.shutdown();
  await working;
  await connection?.close();
  await server?.stop();
}, 30_000);

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
    // The first may have been due in the moment of the pause, and then says that.
    const evidence = withStatus(await slotsOf(id), 'paused').map((slot) => slot.evidence[0]);
    expect(evidence).toContainEqual(expect.stringMatching(/by ada \(stocktaking\), until /));
    await schedules.delete(id);
  }, 30_000);

  it('tells fires that were missed from those that came late, as many as the server counts', async () => {
    const [id, all] = ['outage', 'outage-all'];
    await schedules.create(definition(id));
    await schedules.create(definition(all, { policies: { overlap: 'allowAll', catchupWindow: '10s' } }));
    await sleep(3_000);
    server.freeze();
    await sleep(16_000);
    const thawed = Date.now();
    server.thaw();
    await eventually(() => schedules.get(id));
    await sleep(3_000);
    for (const each of [id, all]) {
      // The schedules go on firing: slots and counts are only of the same moment when nothing fired in between.
      await eventually(async () => {
        const slots = await slotsOf(each);
        const { counts } = (await schedules.get(each)).schedule;
        const missed = withStatus(slots, 'missedCatchup');
        expect(missed.length).toBeGreaterThanOrEqual(2);
        expect(missed.length).toBe(counts.missedCatchupWindow);
        expect(missed[0]?.evidence[0]).toMatch(
          /^scheduler history: Temporal came to it at .* late; the catchup window is 10 s$/,
        );
        expect(withStatus(slots, 'skippedByOverlap').length).toBe(counts.skippedOverlap);
        expect(withStatus(slots, 'unknown')).toEqual([]);
      });
    }
    // Not the last ones: a server that has much to catch up with is slow with those that it came to in time, too.
    const late = withStatus(await slotsOf(all), 'late').filter(
      ({ scheduledTime }) => Date.parse(scheduledTime) < thawed - 3_000,
    );
    expect(late.length).toBeGreaterThanOrEqual(2);
    for (const { lateBySeconds, evidence } of late) {
      expect(lateBySeconds).toBeGreaterThan(5);
      expect(evidence[1]).toMatch(/Temporal came to it at .*, so the server was down or behind$/);
    }
  }, 60_000);
});
