import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { createSlotService } from '../../../src/services/slots/slot-service.js';
import { type OwnTemporalServer, startOwnTemporalServer } from '../../support/temporal-server.js';

let server: OwnTemporalServer;

beforeAll(async () => {
  const settings = ['enableChasm', 'enableCHASMSchedulerCreation', 'enableCHASMSchedulerRouting'];
  server = await startOwnTemporalServer(
    [...settings, 'enableCHASMSchedulerSentinels'].map((name) => `history.${name}=true`),
  );
}, 60_000);

afterAll(() => server?.stop());

it('says what it does not know where the server keeps no history of its scheduler', async () => {
  const { client } = server;
  const schedules = createScheduleService({ client, taskQueue: 'nobody', owner: 'test' });
  const slots = createSlotService({ client });
  const start = new Date();
  await schedules.create(
    parseDefinition({
      id: 'chasm',
      spec: { intervals: [{ every: '1s' }] },
      action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1h' } }] },
    }),
  );
  await sleep(4_500);
  await schedules.pause('chasm', 'stocktaking', { by: 'ada' });
  await sleep(2_500);
  const { items } = await slots.list('chasm', { start, end: new Date(), limit: 100 });
  const due = items.filter(({ status }) => status !== 'beforeCreation');
  expect(due[0]).toMatchObject({ status: 'running', runs: [{ trigger: 'schedule' }] });
  const rest = due.slice(1);
  expect(new Set(rest.map(({ status }) => status))).toEqual(new Set(['unknown']));
  // This server counts a pause as a change, and does not tell what was before it.
  expect(rest[0]?.evidence).toEqual([
    expect.stringMatching(/^describe: the schedule was changed or paused at .*\(CHASM\)$/),
  ]);
  expect(rest.at(-1)?.evidence).toEqual([
    expect.stringMatching(/^visibility: run .* still running, over this time; overlap policy skip$/),
    expect.stringMatching(/^describe: \d+ skipped by overlap/),
    expect.stringMatching(/^the scheduler's history is not there for this time: .*\(CHASM\)$/),
    'describe: paused now (stocktaking), since when is not known',
  ]);
  const [run] = due[0]?.runs ?? [];
  if (run === undefined) throw new Error('no run');
  await client.workflow.getHandle(run.workflowId, run.runId).terminate();
  await sleep(2_000);
  const end = new Date(Date.now() - 200);
  const later = (await slots.list('chasm', { start: new Date(end.getTime() - 1_000), end, limit: 100 })).items;
  expect(later.map(({ status }) => status)).toEqual(['unknown']);
  expect(later[0]?.evidence[0]).toMatch(/^no run is found, and the scheduler's history is not there/);
}, 30_000);
