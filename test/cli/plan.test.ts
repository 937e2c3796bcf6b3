import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, PlanRequest } from '../../src/cli/backend/backend.js';
import { runCli } from '../../src/cli/run-cli.js';
import { AlmanacError } from '../../src/domain/errors.js';
import type { AppliedChange, ApplyView, PlanChange, PlanView } from '../../src/domain/plan/plan.js';
import { almanac, testHost } from './support.js';

/** What people see of plans that a server made. */

const same = { fields: [], fireTimes: { gained: [], lost: [] } };
const changes: PlanChange[] = [
  {
    id: 'hello',
    action: 'update',
    fields: [
      { path: 'spec.cron[0]', before: '0 8 * * *', after: '30 2 * * *' },
      { path: 'policies.overlap', before: 'allowAll', after: null },
    ],
    drift: [{ path: 'policies.overlap', before: 'allowAll', after: null }],
    fireTimes: {
      gained: ['2026-03-28T01:30:00.000Z', '2026-03-30T00:30:00.000Z'],
      moreGained: 20,
      lost: ['2026-03-28T07:00:00.000Z'],
    },
    marks: [
      { date: '2026-03-29', kind: 'dst-gap', count: 1, text: 'clocks go from 02:00 to 03:00: 02:30 does not exist' },
    ],
    foreseen: ['skip will drop about 4 in 10'],
    kept: [
      { path: 'paused', value: true },
      { path: 'note', value: 'by hand' },
    ],
    warnings: [{ path: 'spec.cron[0]', message: 'odd' }],
  },
  { id: 'gone', action: 'delete', ...same, fireTimes: { gained: [], lost: ['2026-03-28T06:00:00.000Z'] } },
  { id: 'theirs', action: 'update', ...same, owner: 'billing', conflict: 'schedule theirs belongs to billing' },
  { id: 'quiet', action: 'no-op', ...same },
];
const plan: PlanView = {
  owner: 'demo',
  horizon: { start: '2026-03-27T00:00:00.000Z', end: '2026-04-26T00:00:00.000Z' },
  summary: { create: 0, update: 2, delete: 1, noOp: 1, conflict: 1 },
  orphans: ['lost-1', 'lost-2'],
  changes,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-plan-'));
  const hello = {
    id: 'hello',
    spec: { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
    action: { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1s' } }] },
  };
  writeFileSync(path.join(folder, 'hello.json'), JSON.stringify(hello));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Seen {
  planned: PlanRequest[];
  applied: PlanRequest[];
}

const noOps = { ...plan, orphans: [], changes: changes.map(({ id }) => ({ id, action: 'no-op' as const, ...same })) };

/**
 * A backend that plans what it is told and applies without fault, or with the one given.
 * @param later what it plans once it has applied: nothing more to do, unless somebody came in between
 */
function backendOf(
  view: PlanView,
  error?: AppliedChange['error'],
  later: PlanView | AlmanacError = noOps,
): { direct: Backend; seen: Seen } {
  const seen: Seen = { planned: [], applied: [] };
  const direct: Pick<Backend, 'plan' | 'apply' | 'close'> = {
    plan: async (request) => {
      seen.planned.push(request);
      if (seen.applied.length === 0) return view;
      if (later instanceof AlmanacError) throw later;
      return later;
    },
    apply: async (request, planned, { onChange }): Promise<ApplyView> => {
      seen.applied.push(request);
      const done = planned.changes.map(
        (change): AppliedChange =>
          change.action === 'no-op'
            ? { ...change, result: 'unchanged' }
            : error === undefined
              ? { ...change, result: change.action === 'delete' ? 'deleted' : 'updated' }
              : { ...change, error },
      );
      for (const [index, change] of done.entries()) onChange(change, { done: index + 1, total: done.length });
      return { ...planned, summary: { ...planned.summary, failed: error === undefined ? 0 : 3 }, changes: done };
    },
    close: async () => {},
  };
  return { direct: direct as Backend, seen };
}

describe('plan', () => {
  test('for people', async () => {
    const { direct } = backendOf(plan);
    const { stdout, exitCode } = await almanac(['plan', folder, '--direct'], { direct });
    expect({ exitCode, stdout }).toMatchSnapshot();
  });

  test('for people on a terminal, in colours and no wider than it', async () => {
    const { direct } = backendOf(plan);
    const { stdout } = await almanac(['plan', folder, '--direct'], { direct, isTTY: true, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\x1b[33m~ update\x1b[39m \x1b[1mhello\x1b[22m');
    expect(stdout).toContain('\x1b[31m- delete\x1b[39m');
  });

  test('as Markdown', async () => {
    const { direct } = backendOf(plan);
    expect((await almanac(['plan', folder, '--direct', '--markdown'], { direct })).stdout).toMatchSnapshot();
  });

  test('as JSON, what the server said and nothing else', async () => {
    const { direct, seen } = backendOf(plan);
    const flags = ['--json', '--exit-code', '--owner', 'me', '--prune', '--deep', '--adopt', '--horizon', '7d'];
    const { stdout, stderr, exitCode } = await almanac(['plan', folder, '--direct', ...flags], { direct });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 3 });
    expect(JSON.parse(stdout)).toEqual(plan);
    expect(seen.planned).toMatchObject([
      { definitions: [{ id: 'hello' }], owner: 'me', prune: true, deep: true, adopt: true, horizonMs: 7 * 86_400_000 },
    ]);
  });
});

describe('apply', () => {
  test('asks, and a no changes nothing', async () => {
    const { direct, seen } = backendOf(plan);
    const { stdout, stderr, exitCode } = await almanac(['apply', folder, '--direct'], {
      direct,
      isTTY: true,
      stdin: 'n\n',
    });
    expect(stdout).toContain('Plan for demo');
    expect(stderr).toContain('Apply 3 changes? [y/N]');
    expect(stderr).toContain('Nothing was changed.');
    expect({ exitCode, applied: seen.applied }).toEqual({ exitCode: 1, applied: [] });
  });

  test('a yes applies, and deletes only what was shown', async () => {
    const { direct, seen } = backendOf(plan);
    const flags = ['apply', folder, '--direct', '--prune'];
    const { stdout, exitCode } = await almanac(flags, { direct, isTTY: true, stdin: 'yes\n' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Applied: 0 created, 2 updated, 1 deleted, 1 unchanged.');
    expect(seen.applied).toMatchObject([{ prune: ['gone'] }]);
  });

  test('what another apply overwrote meanwhile is a conflict, though each write went well', async () => {
    const otherwise = noOps.changes.map((change) =>
      change.id === 'quiet' ? { ...change, action: 'update' as const } : change,
    );
    const back = otherwise.map((change) => (change.id === 'gone' ? { ...change, action: 'delete' as const } : change));
    const overtaken = backendOf(plan, undefined, { ...noOps, changes: back });
    const flags = ['apply', folder, '--direct', '--prune', '--deep', '--yes'];
    const { stdout, exitCode } = await almanac(flags, overtaken);
    expect(exitCode).toBe(5);
    expect(stdout).toContain('gone: schedule gone was created again by somebody else while this was applied');
    expect(stdout).toContain('quiet: schedule quiet was changed otherwise by somebody else while this was applied');
    expect(stdout).toContain('Applied: 0 created, 2 updated, 0 deleted, 0 unchanged, 2 failed.');
    expect(overtaken.seen.planned[1]).toMatchObject({ prune: ['gone'], deep: false });
    const json = await almanac([...flags, '--json'], backendOf(plan, undefined, { ...noOps, changes: otherwise }));
    expect(json.exitCode).toBe(5);
    expect(JSON.parse(json.stdout)).toMatchObject({ summary: { failed: 1 } });
  });

  test('that it can not be looked at again is said, and is no failure', async () => {
    const { direct } = backendOf(plan, undefined, new AlmanacError('unavailable', 'Temporal does not answer'));
    const { stderr, exitCode } = await almanac(['apply', folder, '--direct', '--yes'], { direct });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning: whether all of it lasted could not be seen: Temporal does not answer');
  });

  test.each([[[]], [['--json']]])('with nobody to ask it deletes nothing without --yes: %j', async (flags) => {
    const { direct, seen } = backendOf(plan);
    const { stderr, exitCode } = await almanac(['apply', folder, '--direct', '--prune', ...flags], { direct });
    expect({ exitCode, applied: seen.applied }).toEqual({ exitCode: 2, applied: [] });
    expect(stderr).toContain('say --yes, or leave out --prune');
    expect(stderr).toContain('gone');
  });

  test.each([
    ['conflict', 5],
    ['unavailable', 7],
    ['forbidden', 6],
    ['invalid-input', 1],
    ['of-a-later-version', 1],
  ])('where all that fails is %s it ends with %i', async (code, exit) => {
    const error = {
      type: '',
      title: '',
      status: 500,
      code,
      detail: 'because',
      errors: [{ path: 'id', message: 'so' }],
    };
    const { direct } = backendOf(plan, error);
    const { stdout, exitCode } = await almanac(['apply', folder, '--direct', '--yes'], { direct });
    expect(exitCode).toBe(exit);
    expect(stdout).toContain('[1/4] hello failed: because; id so');
    expect(stdout).toContain('Applied: 0 created, 0 updated, 0 deleted, 1 unchanged, 3 failed.');
  });

  test('Ctrl-C is passed on, and the answer is still told', async () => {
    const { direct } = backendOf(plan);
    const host = testHost({
      direct: {
        ...direct,
        apply: async (request, planned, hooks) => {
          host.interrupt();
          expect(hooks.signal.aborted).toBe(true);
          return direct.apply(request, planned, hooks);
        },
      },
    });
    expect(await runCli(['apply', folder, '--direct', '--yes'], host)).toBe(0);
    expect(host.stdout.text).toContain('Applied: ');
  });
});
