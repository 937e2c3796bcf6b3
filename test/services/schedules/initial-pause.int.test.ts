import protos from '@temporalio/proto';
import { afterAll, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { pausedAttribute } from '../../../src/services/schedules/initial-pause.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const { EventType } = protos.temporal.api.enums.v1;
const client = testClient();
const owner = newId('owner');
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner });
const [running, paused] = [newId('running'), newId('paused')];

afterAll(() => Promise.all([running, paused].map((id) => schedules.delete(id))));

it('is what the scheduler would note, which then has nothing to note, and follows every pause', async () => {
  await schedules.create(parseDefinition(yearly(running)));
  await schedules.create(parseDefinition(yearly(paused, { paused: true })));
  await expect.poll(listed).toEqual({ active: [running], paused: [paused] });
  for (const id of [running, paused]) {
    await expect.poll(() => eventsOf(id)).toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    expect(await eventsOf(id)).not.toContain(EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
  }
  await schedules.pause(running, 'stocktaking');
  await schedules.unpause(paused, 'go');
  await expect.poll(listed).toEqual({ active: [paused], paused: [running] });
  await schedules.put(parseDefinition(yearly(running, { description: 'Changed while paused' })));
  await expect.poll(listed).toEqual({ active: [paused], paused: [running] });
  const { searchAttributes } = await client.workflowService.describeSchedule({
    namespace: client.options.namespace,
    scheduleId: running,
  });
  expect(Object.keys(searchAttributes?.indexedFields ?? {})).not.toContain(pausedAttribute);
});

async function listed() {
  const ids = async (isPaused: boolean) =>
    (await schedules.list({ owner, paused: isPaused, pageSize: 10 })).items.map(({ id }) => id);
  return { active: await ids(false), paused: await ids(true) };
}

/** Of the workflow that a schedule is to the server. */
async function eventsOf(id: string) {
  const { events } = await client.workflow.getHandle(`temporal-sys-scheduler:${id}`).fetchHistory();
  return (events ?? []).map(({ eventType }) => eventType);
}
