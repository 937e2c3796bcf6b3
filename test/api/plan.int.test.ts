import { afterAll, describe, expect, it } from 'vitest';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const owner = newId('owner');
const call = caller(testApp(testClient(), { owner }).app);
const made: string[] = [];

function wanted(name: string, changes: Record<string, unknown> = {}) {
  const definition = yearly(newId(name), changes);
  made.push(definition.id);
  return definition;
}

afterAll(async () => {
  for (const id of made) await call('DELETE', `/v1/schedules/${id}`);
});

describe('plan and apply over HTTP', () => {
  it('plans as a viewer and applies as an admin', async () => {
    const definitions = [wanted('a'), wanted('b', { spec: { cron: ['0 0 * * *'] } })];
    const body = { definitions, horizon: '3d' };
    const plan = await call('POST', '/v1/plan', { as: 'viewer', body });
    expect(plan.status).toBe(200);
    expect(plan.json).toMatchObject({ owner, summary: { create: 2, update: 0, delete: 0, noOp: 0 } });
    expect(plan.json.changes[1].fireTimes).toEqual({ gained: expect.any(Array), lost: [] });
    expect(plan.json.changes[1].fireTimes.gained).toHaveLength(3);
    const { start, end } = plan.json.horizon;
    expect(Date.parse(end) - Date.parse(start)).toBe(3 * 86_400_000);

    for (const as of ['viewer', 'operator'] as const) {
      expect((await call('POST', '/v1/apply', { as, body })).status).toBe(403);
    }
    const applied = await call('POST', '/v1/apply', { body });
    expect(applied.json.changes.map((change: { result: string }) => change.result)).toEqual(['created', 'created']);
    expect((await call('POST', '/v1/plan', { body })).json.summary).toEqual({
      create: 0,
      update: 0,
      delete: 0,
      noOp: 2,
    });
    const pruned = await call('POST', '/v1/apply', { body: { definitions: definitions.slice(1), prune: true } });
    expect(pruned.json.changes).toMatchObject([
      { id: definitions[1]?.id, action: 'no-op', result: 'unchanged' },
      { id: definitions[0]?.id, action: 'delete', result: 'deleted' },
    ]);
  });

  it('tells every fault of every definition where it stands', async () => {
    const twice = wanted('twice');
    const definitions = [
      twice,
      wanted('bad', { spec: { cron: ['0 0 30 2 *'] } }),
      { ...wanted('dates'), spec: { cron: ['0 0 * * *'], skipDates: 'calendars/x.json' } },
      twice,
    ];
    const { status, json } = await call('POST', '/v1/plan', { body: { definitions } });
    expect(status).toBe(400);
    expect(json.code).toBe('invalid-input');
    expect(json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'definitions[1].spec.cron[0]',
      'definitions[2].spec.skipDates',
      'definitions[3].id',
    ]);
    const bad = await call('POST', '/v1/plan', { body: { definitions: [], horizon: 'soon', purge: true } });
    expect(bad.status).toBe(400);
    expect(bad.json.errors.map(({ path }: { path: string }) => path)).toContain('horizon');
    expect((await call('POST', '/v1/plan', { body: {} })).status).toBe(400);
  });

  it('takes a thousand definitions of some KiB, and not more than 16 MiB', async () => {
    const filler = { memo: { filler: 'x'.repeat(3_000) } };
    const definitions = Array.from({ length: 1_000 }, (_, index) => {
      const definition = yearly(`${owner}-${index}`);
      return { ...definition, action: { ...definition.action, ...filler } };
    });
    const plan = await call('POST', '/v1/plan', { body: { definitions } });
    expect(plan.status).toBe(200);
    expect(plan.json.summary.create).toBe(1_000);
    const huge = await call('POST', '/v1/plan', { body: { definitions: ['x'.repeat(17 * 1024 * 1024)] } });
    expect(huge.status).toBe(413);
  });
});
