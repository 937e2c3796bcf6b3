import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import type { ScheduleDefinition } from '../../../src/domain/definition/schedule-definition.js';
import { createPlanService, type PlanService } from '../../../src/services/plan/plan-service.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const client = testClient();
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'api' });
const made = new Set<string>();

/** A plan service for an owner of its own, so that prune sees nothing of other tests. */
function newOwner() {
  const owner = newId('owner');
  return { owner, service: createPlanService({ client, taskQueue: 'almanac', owner }) };
}

function definition(id: string, changes: Record<string, unknown> = {}) {
  made.add(id);
  return parseDefinition(yearly(id, changes));
}

/** A change by hand, as Temporal's UI or CLI makes it: everything but what is given stays. */
async function editByHand(id: string, edit: (schedule: EditableSchedule) => void): Promise<void> {
  const { namespace } = client.options;
  const { schedule, conflictToken } = await client.workflowService.describeSchedule({ namespace, scheduleId: id });
  const edited = schedule ?? {};
  edit(edited as EditableSchedule);
  await client.workflowService.updateSchedule({
    namespace,
    scheduleId: id,
    conflictToken,
    schedule: edited,
    requestId: randomUUID(),
    identity: 'by-hand',
  });
}

/** What prune would delete is told by visibility alone, which follows by some moments. */
async function orphans(service: PlanService, definitions: readonly ScheduleDefinition[]) {
  return (await service.plan(definitions)).orphans ?? [];
}

type Described = Awaited<ReturnType<typeof client.workflowService.describeSchedule>>;
type EditableSchedule = NonNullable<Described['schedule']>;

afterAll(async () => {
  for (const id of made) await schedules.delete(id).catch(() => undefined);
});

describe('plan and apply', () => {
  it('creates, then changes nothing, then updates and prunes, and a pause by hand stays', async () => {
    const { owner, service } = newOwner();
    const [same, changed, removed, added] = ['same', 'changed', 'removed', 'added'].map((name) => newId(name)) as [
      string,
      string,
      string,
      string,
    ];
    const before = [definition(same), definition(changed), definition(removed)];
    const first = await service.plan(before);
    expect(first).toMatchObject({ owner, summary: { create: 3, update: 0, delete: 0, noOp: 0 } });
    const applied = await service.apply(before);
    expect(applied.changes.map(({ result }) => result)).toEqual(['created', 'created', 'created']);
    expect(applied.summary).toEqual({ create: 3, update: 0, delete: 0, noOp: 0, failed: 0 });

    expect((await service.plan(before)).summary).toEqual({ create: 0, update: 0, delete: 0, noOp: 3 });
    expect((await service.apply(before)).changes.map(({ result }) => result)).toEqual(Array(3).fill('unchanged'));
    const deep = await service.plan(before, { deep: true });
    expect(deep.changes.flatMap(({ fields }) => fields)).toEqual([]);
    expect(deep.summary).toEqual({ create: 0, update: 0, delete: 0, noOp: 3 });

    await schedules.pause(changed, 'by hand');
    const after = [definition(same), definition(changed, { spec: { cron: ['0 3 1 1 *'] } }), definition(added)];
    await expect.poll(() => orphans(service, after)).toEqual([removed]);
    const plan = await service.plan(after, { prune: true, horizonMs: 366 * 86_400_000 });
    expect(plan.summary).toEqual({ create: 1, update: 1, delete: 1, noOp: 1 });
    expect(plan.changes.map(({ id, action }) => [id, action])).toEqual([
      [same, 'no-op'],
      [changed, 'update'],
      [added, 'create'],
      [removed, 'delete'],
    ]);
    expect(plan.changes[1]).toMatchObject({
      fields: [
        { path: 'spec.cron[0]', before: '0 2 1 1 *', after: '0 3 1 1 *' },
        { path: 'spec.timezone', before: 'Europe/Berlin', after: null },
      ],
      fireTimes: { gained: [expect.stringMatching(/-01-01T03:00/)], lost: [expect.stringMatching(/-01-01T01:00/)] },
      kept: [
        { path: 'paused', value: true },
        { path: 'note', value: expect.stringContaining('by hand') },
      ],
    });
    expect(plan.changes[3]?.fireTimes.lost).toHaveLength(1);

    const second = await service.apply(after, { prune: true });
    expect(second.changes.map(({ result }) => result)).toEqual(['unchanged', 'updated', 'created', 'deleted']);
    const { schedule } = await schedules.get(changed);
    expect(schedule).toMatchObject({ paused: true, note: expect.stringContaining('by hand'), owner });
    await expect(schedules.get(removed)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('shows an edit by hand as drift, field by field, and undoes it', async () => {
    const { service } = newOwner();
    const id = newId('drift');
    const wanted = [
      definition(id, {
        tags: ['b', 'a'],
        policies: { overlap: 'bufferOne' },
        action: {
          steps: [{ id: 'pause', uses: 'wait', with: { duration: '1h' } }],
          runTimeout: '2h',
          memo: { team: 'data' },
        },
      }),
    ];
    await service.apply(wanted);
    await editByHand(id, (schedule) => {
      const { spec, policies, action } = schedule;
      const [calendar] = spec?.structuredCalendar ?? [];
      if (calendar) calendar.hour = [{ start: 5, end: 5, step: 1 }];
      if (policies) policies.overlapPolicy = 6;
      if (action?.startWorkflow) {
        action.startWorkflow.taskQueue = { name: 'other' };
        action.startWorkflow.retryPolicy = { maximumAttempts: 7 };
      }
      if (schedule.state) schedule.state = { ...schedule.state, notes: 'look at this', paused: true };
    });
    expect((await service.plan(wanted)).summary.noOp).toBe(1);
    const plan = await service.plan(wanted, { deep: true });
    expect(plan.summary).toMatchObject({ update: 1, noOp: 0 });
    const drift = [
      { path: 'spec.cron[0]', before: '0 5 1 1 *', after: '0 2 1 1 *' },
      { path: 'policies.overlap', before: 'allowAll', after: 'bufferOne' },
      { path: 'action.taskQueue', before: 'other', after: 'almanac' },
      { path: 'action.retry', before: expect.objectContaining({ maximumAttempts: 7 }), after: null },
    ];
    expect(plan.changes[0]).toMatchObject({ drift, fields: drift, kept: [{ path: 'paused' }, { path: 'note' }] });
    const { schedule } = await schedules.get(id);
    expect(schedule.drift).toEqual(drift);

    expect((await service.apply(wanted, { deep: true })).changes[0]).toMatchObject({ result: 'updated' });
    expect((await service.plan(wanted, { deep: true })).changes).toMatchObject([{ action: 'no-op', fields: [] }]);
    expect((await schedules.get(id)).schedule).toMatchObject({ drift: [], paused: true, note: 'look at this' });
  });

  it('carries the remaining actions over and follows the file when it changes the pause', async () => {
    const { service } = newOwner();
    const id = newId('state');
    await service.apply([definition(id)]);
    await editByHand(id, (schedule) => {
      schedule.state = { ...schedule.state, limitedActions: true, remainingActions: 3 as never };
    });
    const changed = [definition(id, { description: 'new', paused: true })];
    expect((await service.plan(changed)).changes[0]).toMatchObject({
      fields: [{ path: 'description' }, { path: 'paused', before: null, after: true }],
      kept: [{ path: 'remainingActions', value: 3 }],
    });
    await service.apply(changed);
    const { schedule } = await client.workflowService.describeSchedule({
      namespace: client.options.namespace,
      scheduleId: id,
    });
    expect(schedule?.state).toMatchObject({ paused: true, notes: 'Paused by its definition', limitedActions: true });
    expect(Number(schedule?.state?.remainingActions)).toBe(3);
    await service.apply([definition(id, { description: 'new', paused: false })]);
    expect((await schedules.get(id)).schedule.paused).toBe(false);
  });

  it('does not touch what others own, unless it is adopted', async () => {
    const [ours, theirs] = [newOwner(), newOwner()];
    const [taken, prunable] = [newId('taken'), newId('prunable')];
    await theirs.service.apply([definition(taken), definition(prunable)]);

    const wanted = [definition(taken, { description: 'mine' })];
    const plan = await ours.service.plan(wanted, { prune: true });
    expect(plan.changes).toMatchObject([
      { id: taken, action: 'update', owner: theirs.owner, conflict: expect.stringContaining('--adopt') },
    ]);
    expect(plan.summary).toMatchObject({ update: 1, conflict: 1 });
    const refused = await ours.service.apply(wanted, { prune: true });
    expect(refused.changes).toMatchObject([{ error: { code: 'conflict', status: 409 } }]);
    expect(refused.summary.failed).toBe(1);
    expect((await schedules.get(taken)).schedule).toMatchObject({ owner: theirs.owner, description: `Test ${taken}` });
    // The same definition is nothing to fight over.
    expect((await ours.service.plan([definition(taken)])).changes[0]).toMatchObject({
      action: 'no-op',
      owner: theirs.owner,
    });

    const adopted = await ours.service.apply(wanted, { adopt: true });
    expect(adopted.changes[0]).toMatchObject({ result: 'updated' });
    expect((await schedules.get(taken)).schedule).toMatchObject({ owner: ours.owner, description: 'mine' });
    await expect.poll(() => orphans(theirs.service, [definition(prunable)])).toEqual([]);
  });

  it('names what prune would delete and deletes only the ids that it was given', async () => {
    const { service } = newOwner();
    const [kept, first, second] = [newId('kept'), newId('first'), newId('second')];
    await service.apply([definition(kept), definition(first), definition(second)]);
    await expect.poll(() => orphans(service, [definition(kept)])).toEqual([first, second].sort());
    const pruned = await service.apply([definition(kept)], { prune: [second] });
    expect(pruned.changes.map(({ id, result }) => [id, result])).toEqual([
      [kept, 'unchanged'],
      [second, 'deleted'],
    ]);
    expect(pruned.orphans).toEqual([first]);
    expect((await schedules.get(first)).schedule.id).toBe(first);
  });

  it('refuses two definitions with one id', async () => {
    const { service } = newOwner();
    await expect(service.plan([definition('twice'), definition('other'), definition('twice')])).rejects.toMatchObject({
      code: 'invalid-input',
      details: [{ path: 'definitions[2].id', value: 'twice' }],
    });
  });
});
