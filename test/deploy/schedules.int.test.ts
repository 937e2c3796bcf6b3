import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { reasonOf } from '../../src/deploy/schedules/report.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import type { ScheduleDefinition } from '../../src/domain/definition/schedule-definition.js';
import { listOwned } from '../../src/services/plan/list-owned.js';
import { createPlanService } from '../../src/services/plan/plan-service.js';
import { find } from '../../src/services/plan/read-plan.js';
import { createUndoLog } from '../../src/services/plan/undo-log.js';
import { createScheduleService } from '../../src/services/schedules/schedule-service.js';
import { newId, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';
import { deployTarget, startHandler } from './support.js';

const client = testClient();
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'api' });
const owners: string[] = [];

async function newTarget() {
  const owner = newId('stack');
  owners.push(owner);
  return { owner, ...(await deployTarget(client, owner)) };
}

function definition(id: string, changes: Record<string, unknown> = {}): ScheduleDefinition {
  return parseDefinition(yearly(id, changes));
}

/** The server refuses its runs' search attribute, which nobody defined. */
function refused(id: string): ScheduleDefinition {
  return definition(id, { action: { ...yearly(id).action, searchAttributes: { NobodyDefined: 'x' } } });
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => newId(`d${index}`));
}

/** All that a user can see of a schedule and a deploy may not change when it is rolled back. */
async function seen(id: string) {
  const live = await find(client, id);
  if (live === undefined) return undefined;
  const { spec, action, policies } = live.raw.schedule ?? {};
  const { state, owner, digest, applied } = live;
  return JSON.parse(JSON.stringify({ spec, action, policies, state, owner, digest, applied }));
}

afterAll(async () => {
  for (const owner of [...owners, 'api']) {
    await createPlanService({ client, taskQueue: 'almanac', owner }).apply([], { prune: owner !== 'api' });
  }
});

describe('Create and Update', () => {
  it('creates what the set has, and says so', async () => {
    const { owner, create } = await newTarget();
    const [a, b] = ids(2) as [string, string];
    const { PhysicalResourceId, Data } = await create([definition(a), definition(b)]);
    expect(PhysicalResourceId).toBe(`schedules-of-${owner}`);
    expect(Data).toMatchObject({
      Summary: '2 created, 0 updated, 0 deleted, 0 unchanged',
      Changes: `created ${a}; created ${b}`,
    });
    expect((await find(client, a))?.owner).toBe(owner);
  });

  it('changes what differs, deletes what is gone, and keeps a pause made by hand', async () => {
    const { owner, create, update } = await newTarget();
    const [changed, same, gone, fresh] = ids(4) as [string, string, string, string];
    const foreign = newId('foreign');
    await schedules.create(definition(foreign));
    const before = [definition(changed), definition(same), definition(gone)];
    const first = await create(before);
    await schedules.pause(changed, 'holidays');
    const untouched = await find(client, same);
    const after = [
      definition(changed, { spec: { cron: ['30 7 1 1 *'], timezone: 'Europe/Berlin' } }),
      definition(same),
      definition(fresh),
    ];
    const { PhysicalResourceId, Data } = await update(after, before);
    expect(PhysicalResourceId).toBe(first.PhysicalResourceId);
    expect(Data?.Summary).toBe('1 created, 1 updated, 1 deleted, 1 unchanged');
    expect(Data?.Changes).toBe(`created ${fresh}; updated ${changed} (spec.cron[0]); deleted ${gone}`);
    expect((await find(client, changed))?.state).toMatchObject({ paused: true, note: 'holidays' });
    expect((await find(client, same))?.etag).toBe(untouched?.etag);
    expect(await find(client, gone)).toBeUndefined();
    expect((await find(client, foreign))?.owner).toBe('api');
    expect([...(await listOwned(client, owner)).keys()].sort()).toEqual([changed, same, fresh].sort());
    await schedules.delete(foreign);
  });

  it('does nothing when it comes again', async () => {
    const { create, update } = await newTarget();
    const set = ids(2).map((id) => definition(id));
    await create(set);
    expect((await create(set)).Data).toMatchObject({
      Summary: '0 created, 0 updated, 0 deleted, 2 unchanged',
      Changes: 'none',
    });
    expect((await update(set, set)).Data?.Changes).toBe('none');
  });

  it('refuses all of it where one schedule is somebody else’s, before anything is written', async () => {
    const { owner, create } = await newTarget();
    const [mine, theirs] = ids(2) as [string, string];
    await schedules.create(definition(theirs));
    await expect(create([definition(mine), definition(theirs, { description: 'mine now' })])).rejects.toThrow(
      new RegExp(`not deployed: ${theirs}: .*api.*nothing was changed|not deployed: ${theirs}: .*State: .*put back`),
    );
    expect(await find(client, mine)).toBeUndefined();
    expect((await listOwned(client, owner)).size).toBe(0);
    await schedules.delete(theirs);
  });

  it('refuses an object that is not the set of the template', async () => {
    const { upload, send } = await newTarget();
    const properties = await upload([definition(newId('d'))]);
    const other = await upload([]);
    await expect(
      send({ RequestType: 'Create', ResourceProperties: { ...properties, key: other.key } }),
    ).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('SHA-256') });
    await expect(
      send({ RequestType: 'Create', ResourceProperties: { ...properties, key: 'nothing' } }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^cannot read the set of schedules s3:\/\/.*nothing: /) });
  });
});

describe('a deploy that fails', () => {
  it('puts back what it changed, pruned and created', async () => {
    const { create, update } = await newTarget();
    const kept = ids(12);
    const pruned = newId('pruned');
    const before = [...kept.map((id) => definition(id)), definition(pruned)];
    await create(before);
    await schedules.pause(kept[0] ?? '', 'by hand');
    const live = await Promise.all(before.map(({ id }) => seen(id)));
    const fresh = ids(15);
    const bad = newId('bad');
    const after = [
      ...kept.map((id) => definition(id, { spec: { cron: ['15 3 1 1 *'] }, paused: true })),
      ...fresh.map((id) => definition(id)),
      refused(bad),
    ];
    await expect(update(after, before)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(new RegExp(`not deployed: ${bad}: .*NobodyDefined.*put back as before$`)),
    });
    expect(await Promise.all(before.map(({ id }) => seen(id)))).toEqual(live);
    for (const id of [...fresh, bad]) expect(await find(client, id)).toBeUndefined();
    // What CloudFormation sends next.
    const rolledBack = await update(before, after);
    expect(rolledBack.Data?.Summary).toBe('0 created, 0 updated, 0 deleted, 13 unchanged');
  });

  it('recreates what was pruned before the failure, paused as it was', async () => {
    const { create, update, owner } = await newTarget();
    const [gone, stays] = ids(2) as [string, string];
    const before = [definition(gone, { tags: ['x'] }), definition(stays)];
    await create(before);
    await schedules.pause(gone, 'by hand');
    const live = await seen(gone);
    // Deletions come last, so nothing fails after them but a server that goes away: the log of the apply is undone by itself.
    const undoLog = createUndoLog(Date.now());
    const context = { client, taskQueue: 'almanac', owner };
    await createPlanService(context).apply([definition(stays)], { prune: true, beforeWrite: undoLog.keep });
    expect(await find(client, gone)).toBeUndefined();
    expect(await undoLog.undo(context, [definition(stays)])).toEqual([{ id: gone, outcome: 'restored' }]);
    expect(await seen(gone)).toEqual(live);
    expect((await update(before, before)).Data?.Changes).toBe('none');
  });

  it('keeps a pause that was made while it went on', async () => {
    const { create, owner } = await newTarget();
    const id = newId('d');
    await create([definition(id)]);
    const undoLog = createUndoLog(Date.now());
    const context = { client, taskQueue: 'almanac', owner };
    const next = [definition(id, { spec: { cron: ['1 1 1 1 *'] } })];
    await createPlanService(context).apply(next, { beforeWrite: undoLog.keep });
    await schedules.pause(id, 'meanwhile');
    expect(await undoLog.undo(context, next)).toEqual([{ id, outcome: 'restored' }]);
    const live = await find(client, id);
    expect(live?.state).toMatchObject({ paused: true, note: 'meanwhile' });
    expect(live?.definition).toEqual(definition(id));
  });

  it('leaves alone what somebody else changed meanwhile', async () => {
    const { create, owner } = await newTarget();
    const id = newId('d');
    await create([definition(id)]);
    const undoLog = createUndoLog(Date.now());
    const context = { client, taskQueue: 'almanac', owner };
    const next = [definition(id, { description: 'ours' })];
    await createPlanService(context).apply(next, { beforeWrite: undoLog.keep });
    await createPlanService(context).apply([definition(id, { description: 'theirs' })]);
    expect(await undoLog.undo(context, next)).toEqual([{ id, outcome: 'left' }]);
    expect((await find(client, id))?.definition?.description).toBe('theirs');
  });

  it('gives up when Temporal does not answer in time, and says so', async () => {
    const down = createTemporalClient({ connection: { address: '127.0.0.1:9' }, namespace: 'default' });
    const { create } = await deployTarget(down, newId('stack'), { endsAt: Date.now() + 4_000 });
    await expect(create([definition(newId('d'))])).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('Delete', () => {
  it('removes what this owner has and nothing else, also when it comes again', async () => {
    const { owner, create, remove } = await newTarget();
    const other = await newTarget();
    const set = ids(3).map((id) => definition(id));
    const theirs = newId('theirs');
    await create(set);
    await other.create([definition(theirs)]);
    await remove(set);
    await remove(set);
    expect((await listOwned(client, owner)).size).toBe(0);
    for (const { id } of set) expect(await find(client, id)).toBeUndefined();
    expect((await find(client, theirs))?.owner).toBe(other.owner);
  });

  it('touches nothing when the resource was on another Temporal', async () => {
    const { create, upload, send } = await newTarget();
    const set = [definition(newId('d'))];
    const { PhysicalResourceId } = await create(set);
    const ResourceProperties = { ...(await upload(set)), temporal: 'elsewhere/default' };
    await send({ RequestType: 'Delete', PhysicalResourceId, ResourceProperties });
    expect(await find(client, set[0]?.id ?? '')).toBeDefined();
  });
});

describe('1,000 schedules', () => {
  it('are deployed by one call, whose answer fits CloudFormation; a killed one is completed by the next', async () => {
    const { owner, upload, create, remove } = await newTarget();
    const prefix = newId('many');
    const set = Array.from({ length: 1_000 }, (_, index) =>
      definition(`${prefix}-${index}`, { description: `Shop ${index}: ${'orders '.repeat(10)}` }),
    );
    const properties = await upload(set);
    const killed = await startHandler({ RequestType: 'Create', ResourceProperties: properties });
    let applied = 0;
    for await (const chunk of killed.stdout ?? []) {
      applied += String(chunk).split('schedule applied').length - 1;
      if (applied >= 200) break;
    }
    killed.kill('SIGKILL');
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
    expect(applied).toBeLessThan(1_000);
    const { Data } = await create(set);
    expect(JSON.stringify(Data).length).toBeLessThan(3_000);
    const [created, , , unchanged] = (Data?.Summary ?? '').split(', ').map((text) => Number.parseInt(text, 10));
    expect((created ?? 0) + (unchanged ?? 0)).toBe(1_000);
    expect(unchanged).toBeGreaterThanOrEqual(190);
    expect(Data?.Changes).toMatch(/; and \d+ more, see the log of the Lambda$/);
    expect((await listOwned(client, owner)).size).toBe(1_000);
    await remove(set);
    // The list is some moments behind.
    await expect.poll(async () => (await listOwned(client, owner)).size, { timeout: 20_000 }).toBe(0);
  }, 300_000);
});

it('shortens the reason of a failure, which CloudFormation limits', () => {
  expect(reasonOf(new Error('short'))).toBe('short');
  expect(Buffer.byteLength(reasonOf(new Error('ä'.repeat(5_000))))).toBeLessThan(1_600);
});
