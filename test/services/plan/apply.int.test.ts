import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import type { ScheduleDefinition } from '../../../src/domain/definition/schedule-definition.js';
import type { AppliedChange, PlanChange } from '../../../src/domain/plan/plan.js';
import { carryOut } from '../../../src/services/plan/carry-out.js';
import { createPlanService } from '../../../src/services/plan/plan-service.js';
import { find } from '../../../src/services/plan/read-plan.js';
import { definitionDigest } from '../../../src/services/schedules/definition-digest.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { buildCli } from '../../cli/cli-process.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const client = testClient();
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'api' });
const owners: string[] = [];

function newOwner() {
  const owner = newId('owner');
  owners.push(owner);
  return { owner, service: createPlanService({ client, taskQueue: 'almanac', owner }) };
}

function definition(id: string, changes: Record<string, unknown> = {}): ScheduleDefinition {
  return parseDefinition(yearly(id, changes));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => newId(`n${index}`));
}

/** A version of a schedule that differs from others in spec, policies, action and tags alike. */
function version(id: string, name: 'a' | 'b' | 'c'): ScheduleDefinition {
  const { hour, overlap } = {
    a: { hour: 1, overlap: 'skip' },
    b: { hour: 2, overlap: 'allowAll' },
    c: { hour: 3, overlap: 'bufferOne' },
  }[name];
  return definition(id, {
    description: `Version ${name}`,
    tags: [name],
    spec: { cron: [`0 ${hour} 1 1 *`] },
    policies: { overlap },
    action: { steps: [{ id: name, uses: 'wait', with: { duration: '1h' } }] },
  });
}

afterAll(async () => {
  for (const owner of owners) {
    await createPlanService({ client, taskQueue: 'almanac', owner }).apply([], { prune: true });
  }
});

describe('apply', () => {
  it('goes on after one that fails', async () => {
    const { service } = newOwner();
    const [good, bad, other] = numbered(3) as [string, string, string];
    const refused = { action: { ...yearly(bad).action, searchAttributes: { NobodyDefined: 'x' } } };
    const seen: string[] = [];
    const { changes, summary } = await service.apply([definition(good), definition(bad, refused), definition(other)], {
      onChange: ({ id }, { done, total }) => seen.push(`${id} ${done}/${total}`),
    });
    expect(changes).toMatchObject([
      { id: good, result: 'created' },
      { id: bad, action: 'create', error: { code: 'invalid-input', status: 400 } },
      { id: other, result: 'created' },
    ]);
    expect(changes[1]?.result).toBeUndefined();
    expect(summary).toEqual({ create: 3, update: 0, delete: 0, noOp: 0, failed: 1 });
    expect(seen.map((line) => line.split(' ')[1])).toEqual(['1/3', '2/3', '3/3']);
  });

  it('says that Temporal does not answer', async () => {
    const down = createTemporalClient({ connection: { address: '127.0.0.1:9' }, namespace: 'default' });
    const service = createPlanService({ client: down, taskQueue: 'almanac', owner: 'nobody' });
    await expect(service.apply([definition('x')])).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says what a namespace lacks', async () => {
    const address = inject('temporalAddress');
    const other = createTemporalClient({ connection: { address }, namespace: 'temporal-system' });
    const service = createPlanService({ client: other, taskQueue: 'almanac', owner: 'nobody' });
    await expect(service.plan([definition('x')])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('--name AlmanacOwner --type Keyword'),
    });
  });

  it('begins nothing more once it is stopped', async () => {
    const { service } = newOwner();
    const ids = numbered(40);
    const stop = new AbortController();
    const { changes } = await service.apply(
      ids.map((id) => definition(id)),
      {
        signal: stop.signal,
        onChange: () => stop.abort(),
      },
    );
    const created = changes.filter(({ result }) => result === 'created').length;
    expect(created).toBeGreaterThanOrEqual(1);
    expect(created).toBeLessThanOrEqual(20);
    expect(changes.filter(({ error }) => error?.detail.includes('was not begun'))).toHaveLength(40 - created);
    expect((await service.apply(ids.map((id) => definition(id)))).summary.failed).toBe(0);
  });
});

describe('others at the same time', () => {
  it('takes in a pause that was made since the plan', async () => {
    const { owner, service } = newOwner();
    const [id] = numbered(1) as [string];
    await service.apply([version(id, 'a')]);
    const live = await find(client, id);
    await schedules.pause(id, 'in between');
    const next = version(id, 'b');
    const change: PlanChange = { id, action: 'update', fields: [], fireTimes: { gained: [], lost: [] } };
    const context = { client, taskQueue: 'almanac', owner };
    const options = { startedAt: Date.now(), replan: () => Promise.reject(new Error('no need')) };
    const planned = { change, definition: next, digest: definitionDigest(next), ...(live ? { live } : {}) };
    expect(await carryOut(context, planned, options)).toMatchObject({ result: 'updated' });
    expect((await schedules.get(id)).schedule).toMatchObject({
      description: 'Version b',
      paused: true,
      note: expect.stringContaining('in between'),
    });
    // The same stale plan again: what it was made for is gone.
    const third = version(id, 'c');
    const stale = { ...planned, definition: third, digest: definitionDigest(third) };
    await expect(carryOut(context, stale, options)).rejects.toMatchObject({ code: 'conflict' });
    expect((await schedules.get(id)).schedule.description).toBe('Version b');
  });

  it.each(['new', 'existing'])(
    'two applies of different definitions: each %s schedule is one of them, and the other is told or was done before',
    async (kind) => {
      const { owner, service } = newOwner();
      const rival = createPlanService({ client: testClient(), taskQueue: 'almanac', owner });
      const ids = numbered(25);
      if (kind === 'existing') await service.apply(ids.map((id) => version(id, 'c')));
      const [first, second] = await Promise.all([
        service.apply(ids.map((id) => version(id, 'a'))),
        rival.apply(ids.map((id) => version(id, 'b'))),
      ]);
      const settled = {
        a: (
          await service.plan(
            ids.map((id) => version(id, 'a')),
            { deep: true },
          )
        ).changes,
        b: (
          await service.plan(
            ids.map((id) => version(id, 'b')),
            { deep: true },
          )
        ).changes,
      };
      for (const index of ids.keys()) {
        const winner = settled.a[index]?.action === 'no-op' ? 'a' : 'b';
        expect(settled[winner][index]?.action).toBe('no-op');
        const [won, lost] = winner === 'a' ? [first, second] : [second, first];
        expect(won.changes[index]?.error).toBeUndefined();
        // Who was done before the other one looked was not overtaken: the other one says that it replaced it.
        const replaced = won.changes[index]?.fields.find(({ path: field }) => field === 'description')?.before;
        if (replaced === `Version ${winner === 'a' ? 'b' : 'a'}`) expect(lost.changes[index]?.error).toBeUndefined();
        else expect(lost.changes[index]?.error).toMatchObject({ code: 'conflict' });
      }
    },
  );

  it('two applies of the same definitions both succeed', async () => {
    const { owner, service } = newOwner();
    const rival = createPlanService({ client: testClient(), taskQueue: 'almanac', owner });
    const ids = numbered(15);
    for (const name of ['a', 'b'] as const) {
      const wanted = ids.map((id) => version(id, name));
      const both = await Promise.all([service.apply(wanted), rival.apply(wanted)]);
      const errors = both.flatMap(({ changes }) => changes.flatMap(({ error }: AppliedChange) => error ?? []));
      expect(errors).toEqual([]);
      expect((await service.plan(wanted, { deep: true })).summary.noOp).toBe(15);
    }
  });
});

describe('a process killed in the middle', () => {
  it('leaves whole schedules, and the next apply brings the same end state', async () => {
    const { owner, service } = newOwner();
    const project = await mkdtemp(path.join(tmpdir(), 'almanac-kill-'));
    const folder = path.join(project, 'schedules');
    await mkdir(folder);
    const cli = await buildCli();
    try {
      const ids = numbered(75);
      await service.apply(ids.slice(0, 50).map((id) => version(id, 'a')));
      const wanted = ids.slice(25).map((id) => version(id, 'b'));
      for (const one of wanted) await writeFile(path.join(folder, `${one.id}.json`), JSON.stringify(one));
      const env = { TEMPORAL_ADDRESS: inject('temporalAddress'), NO_COLOR: '1' };
      const args = ['apply', folder, '--direct', '--owner', owner, '--prune', '--yes'];
      for (const lines of [3, 30]) {
        const running = cli.start(args, env);
        await seen(running.child.stdout, () => doneIn(running.output.stdout) >= lines, running.ended);
        running.child.kill('SIGKILL');
        expect(await running.ended).toBe('SIGKILL');
        for (const change of (await service.plan(wanted, { deep: true })).changes) expect(change.drift).toBeUndefined();
      }
      const last = cli.start([...args, '--json'], env);
      expect(await last.ended, last.output.stderr).toBe(0);
      expect(await service.plan(wanted, { deep: true, prune: true })).toMatchObject({
        summary: { create: 0, update: 0, delete: 0, noOp: 50 },
      });
      expect((await service.apply(wanted, { prune: true })).changes.every(({ result }) => result === 'unchanged')).toBe(
        true,
      );
    } finally {
      cli.remove();
      await rm(project, { recursive: true });
    }
  });
});

/** Lines of progress: `[12/75] …`. */
function doneIn(output: string): number {
  return Number([...output.matchAll(/(\d+)\/\d+/g)].at(-1)?.[1] ?? 0);
}

async function seen(stream: NodeJS.ReadableStream, isThere: () => boolean, ended: Promise<unknown>): Promise<void> {
  await Promise.race([
    ended.then(() => Promise.reject(new Error('it ended before it could be killed'))),
    new Promise<void>((resolve) => {
      stream.on('data', () => {
        if (isThere()) resolve();
      });
    }),
  ]);
}
