import { describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../../src/cli/backend/backend.js';
import { applyOverHttp, type PlanCalls, planOverHttp } from '../../../src/cli/backend/http-plan.js';
import { chunksOf } from '../../../src/cli/backend/plan-chunks.js';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { AlmanacError } from '../../../src/domain/errors.js';
import type { AppliedChange, ApplyView, PlanChange, PlanView } from '../../../src/domain/plan/plan.js';

const definitionOf = (index: number, input = '') =>
  parseDefinition({
    id: `s${index}`,
    spec: { cron: ['@daily'] },
    action: { input, steps: [{ id: 'rest', uses: 'wait', with: { duration: '1s' } }] },
  });

const requestOf = (count: number, changes: Partial<PlanRequest> = {}, input = ''): PlanRequest => ({
  definitions: Array.from({ length: count }, (_, index) => definitionOf(index, input)),
  owner: 'demo',
  prune: false,
  deep: false,
  adopt: false,
  horizonMs: 86_400_000,
  ...changes,
});

interface Body {
  definitions: { id: string }[];
  prune: boolean | string[];
}

/** A server that has `extra` schedules of this owner beside those of the definitions, which are all new. */
function serverOf(all: readonly string[], extra: readonly string[], failAt = Number.POSITIVE_INFINITY) {
  const bodies: Body[] = [];
  const change = (id: string, action: PlanChange['action']): PlanChange => ({
    ...{ id, action, fields: [], fireTimes: { gained: [], lost: [] } },
  });
  const answer = (body: unknown): PlanView => {
    const { definitions, prune } = body as Body;
    bodies.push({ definitions, prune });
    if (bodies.length > failAt) throw new AlmanacError('unavailable', 'the server went away');
    const others = [...all, ...extra].filter((id) => !definitions.some((definition) => definition.id === id));
    const doomed = others.filter((id) => (Array.isArray(prune) ? prune.includes(id) : prune));
    const orphans = others.filter((id) => !doomed.includes(id));
    return {
      owner: 'demo',
      horizon: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
      summary: { create: definitions.length, update: 0, delete: doomed.length, noOp: 0 },
      ...(orphans.length === 0 ? {} : { orphans }),
      changes: [...definitions.map(({ id }) => change(id, 'create')), ...doomed.map((id) => change(id, 'delete'))],
    };
  };
  const calls: PlanCalls = {
    plan: async (body) => answer(body),
    apply: async (body): Promise<ApplyView> => {
      const view = answer(body);
      const changes = view.changes.map(
        (one): AppliedChange => ({ ...one, result: one.action === 'delete' ? 'deleted' : 'created' }),
      );
      return { ...view, summary: { ...view.summary, failed: 0 }, changes };
    },
  };
  return { calls, bodies };
}

describe('chunks', () => {
  test('a set that fits is one request, as it stands', () => {
    const request = requestOf(3, { prune: true });
    expect(chunksOf(request, 10)).toEqual([request]);
    expect(chunksOf(requestOf(0, { prune: true }), 10)).toEqual([requestOf(0, { prune: true })]);
  });

  test('by number and by size, in order, without deletions', () => {
    const chunks = chunksOf(requestOf(25, { prune: true }), 10);
    expect(chunks.map(({ definitions, prune }) => [definitions.length, prune])).toEqual([
      [10, false],
      [10, false],
      [5, false],
    ]);
    expect(chunks.flatMap(({ definitions }) => definitions.map(({ id }) => id))).toEqual(
      requestOf(25).definitions.map(({ id }) => id),
    );
    expect(chunksOf(requestOf(5, {}, 'x'.repeat(200_000)), 10).map(({ definitions }) => definitions.length)).toEqual([
      3, 2,
    ]);
  });
});

describe('over HTTP', () => {
  const large = 'x'.repeat(200_000);
  const ids = ['s0', 's1', 's2', 's3', 's4'];

  test('a plan in parts tells what is in no file, and deletes it by name', async () => {
    const { calls } = serverOf(ids, ['old-1', 'old-2']);
    const plan = await planOverHttp(calls, requestOf(5, {}, large));
    expect(plan).toMatchObject({ orphans: ['old-1', 'old-2'], summary: { create: 5, delete: 0 } });
    expect(plan.changes.map(({ id }) => id)).toEqual(ids);

    const pruning = serverOf(ids, ['old-1', 'old-2']);
    const pruned = await planOverHttp(pruning.calls, requestOf(5, { prune: true }, large));
    expect(pruned).not.toHaveProperty('orphans');
    expect(pruned.summary).toEqual({ create: 5, update: 0, delete: 2, noOp: 0 });
    expect(pruning.bodies.map(({ prune }) => prune)).toEqual([false, false, ['old-1', 'old-2']]);
  });

  test('an apply tells its progress, deletions last', async () => {
    const { calls, bodies } = serverOf(ids, ['old-1', 'old-2']);
    const request = requestOf(5, { prune: ['old-1'] }, large);
    const planned = await planOverHttp(serverOf(ids, ['old-1', 'old-2']).calls, request);
    const told: string[] = [];
    const applied = await applyOverHttp(calls, request, planned, {
      signal: new AbortController().signal,
      onChange: ({ id }, { done, total }) => told.push(`${done}/${total} ${id}`),
    });
    expect(told).toEqual(['1/6 s0', '2/6 s1', '3/6 s2', '4/6 s3', '5/6 s4', '6/6 old-1']);
    expect(applied.summary).toMatchObject({ create: 5, delete: 1, failed: 0 });
    expect(bodies.at(-1)).toMatchObject({ definitions: [], prune: ['old-1'] });
  });

  test('what was applied before the server went away is told, and the rest is failed', async () => {
    const request = requestOf(5, { prune: ['old-1'] }, large);
    const planned = await planOverHttp(serverOf(ids, ['old-1']).calls, request);
    const { calls } = serverOf(ids, ['old-1'], 1);
    const applied = await applyOverHttp(calls, request, planned, {
      signal: new AbortController().signal,
      onChange: () => {},
    });
    expect(applied.changes.map(({ id, result, error }) => [id, result ?? error?.code])).toEqual([
      ['s0', 'created'],
      ['s1', 'created'],
      ['s2', 'created'],
      ['s3', 'unavailable'],
      ['s4', 'unavailable'],
      ['old-1', 'unavailable'],
    ]);
    expect(applied.summary.failed).toBe(3);
    await expect(
      applyOverHttp(serverOf(ids, [], 0).calls, request, planned, {
        signal: new AbortController().signal,
        onChange: () => {},
      }),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('Ctrl-C ends it between two parts', async () => {
    const request = requestOf(5, {}, large);
    const planned = await planOverHttp(serverOf(ids, []).calls, request);
    const { calls, bodies } = serverOf(ids, []);
    const interrupt = new AbortController();
    const applied = await applyOverHttp(calls, request, planned, {
      signal: interrupt.signal,
      onChange: () => interrupt.abort(),
    });
    expect(bodies).toHaveLength(1);
    expect(applied.summary.failed).toBe(2);
    expect(applied.changes.at(-1)?.error?.detail).toContain('interrupted');
  });
});
