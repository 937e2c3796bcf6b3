import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import type { ApplyView, PlanView } from '../../src/domain/plan/plan.js';
import { newId, testApp, testKeys, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';
import { temporal } from '../support/temporal-cli.js';
import { buildCli, type CliProgram } from './cli-process.js';

const client = testClient();
let url: string;
let closeApi: () => Promise<void>;
let program: CliProgram;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const server = serve({ fetch: testApp(client).app.fetch, hostname: '127.0.0.1', port });
  closeApi = () => new Promise((resolve) => server.close(() => resolve()));
  program = await buildCli();
});

afterAll(async () => {
  await closeApi?.();
  await client.connection.close();
  program?.remove();
});

/** A repository of its own: a package.json that names the owner, and a folder of schedule files. */
let repository: string;
let folder: string;
let owner: string;

beforeEach(() => {
  owner = newId('owner');
  repository = mkdtempSync(path.join(tmpdir(), 'almanac-plan-'));
  folder = path.join(repository, 'schedules');
  mkdirSync(folder);
  writeFileSync(path.join(repository, 'package.json'), JSON.stringify({ name: owner }));
});

afterEach(async () => {
  await run('http', ['apply', emptied(), '--owner', owner, '--prune', '--yes']);
  rmSync(repository, { recursive: true, force: true });
});

/** A folder without schedules: applied with --prune, it leaves nothing behind. */
function emptied(): string {
  const empty = path.join(repository, 'empty');
  mkdirSync(empty, { recursive: true });
  return empty;
}

type Way = 'http' | 'direct';

async function run(way: Way, args: string[]) {
  const env: Record<string, string> =
    way === 'http'
      ? { ALMANAC_URL: url, ALMANAC_KEY: testKeys.admin }
      : { TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: 'default' };
  const { output, ended } = program.start([...args, ...(way === 'direct' ? ['--direct'] : [])], env);
  const exitCode = await ended;
  return { exitCode, ...output };
}

const planned = (text: string): PlanView => JSON.parse(text);
const appliedView = (text: string): ApplyView => JSON.parse(text);

function file(id: string, changes: Record<string, unknown> = {}): string {
  const name = path.join(folder, `${id}.json`);
  writeFileSync(name, JSON.stringify(yearly(id, changes), null, 2));
  return name;
}

describe.each<Way>(['http', 'direct'])('over %s', (way) => {
  test('from files to schedules and back: plan, apply, drift, a pause by hand, prune', async () => {
    const [kept, doomed] = [newId('kept'), newId('doomed')];
    file(kept);
    file(doomed);

    const first = await run(way, ['plan', folder, '--exit-code']);
    expect(first).toMatchObject({ exitCode: 3, stderr: '' });
    expect(first.stdout).toContain(`+ create ${kept}\n    description  Test ${kept}\n`);
    expect(first.stdout).toContain(`Plan for ${owner}: 2 to create, 0 to update, 0 to delete, 0 unchanged.`);

    const applied = await run(way, ['apply', folder]);
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toMatch(new RegExp(`^\\[[12]/2] ${kept} created$`, 'm'));
    expect(applied.stdout).toContain('Applied: 2 created, 0 updated, 0 deleted, 0 unchanged.');

    const again = await run(way, ['apply', folder, '--json']);
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(appliedView(again.stdout)).toMatchObject({
      owner,
      summary: { create: 0, update: 0, delete: 0, noOp: 2, failed: 0 },
      changes: [{ result: 'unchanged' }, { result: 'unchanged' }],
    });
    expect((await run(way, ['apply', folder])).stdout).toMatch(/2 unchanged\.\nNothing to change\.\n$/);
    expect((await run(way, ['plan', folder, '--exit-code'])).exitCode).toBe(0);

    // By hand, in Temporal's own words.
    await client.schedule.getHandle(kept).update((previous) => ({
      ...previous,
      policies: { ...previous.policies, pauseOnFailure: true },
    }));
    const drift = await run(way, ['plan', folder, '--deep', '--exit-code']);
    expect(drift.exitCode).toBe(3);
    expect(drift.stdout).toContain('~ policies.pauseOnFailure  true → false (changed by hand)');
    expect((await run(way, ['plan', folder, '--exit-code'])).exitCode).toBe(0);

    expect(await run(way, ['pause', kept, '--note', 'moving'])).toMatchObject({ exitCode: 0 });
    const mended = await run(way, ['apply', folder, '--deep', '--yes', '--json']);
    expect(appliedView(mended.stdout).changes.find(({ id }) => id === kept)).toMatchObject({
      action: 'update',
      result: 'updated',
      kept: [
        { path: 'paused', value: true },
        { path: 'note', value: 'moving' },
      ],
    });
    const { state, policies } = await client.schedule.getHandle(kept).describe();
    expect({ paused: state.paused, note: state.note, pauseOnFailure: policies.pauseOnFailure }).toEqual({
      paused: true,
      note: 'moving',
      pauseOnFailure: false,
    });

    rmSync(path.join(folder, `${doomed}.json`));
    const orphan = await run(way, ['plan', folder]);
    expect(orphan.stdout).toContain(`1 schedule of ${owner} in no file: ${doomed}; --prune deletes them`);
    const unasked = await run(way, ['apply', folder, '--prune']);
    expect(unasked.exitCode).toBe(2);
    expect(unasked.stdout).toContain(`- delete ${doomed}`);
    expect(unasked.stderr).toContain('1 schedule would be deleted, and nobody is there to ask: say --yes');
    const pruned = await run(way, ['apply', folder, '--prune', '--yes']);
    expect(pruned.exitCode).toBe(0);
    expect(pruned.stdout).toContain(`[1/1] ${doomed} deleted`);
    expect((await run(way, ['describe', doomed])).exitCode).toBe(4);
    expect((await run(way, ['describe', kept])).exitCode).toBe(0);
  }, 120_000);

  test('schedules of others are refused, told, and taken over on request', async () => {
    const id = newId('foreign');
    await temporal(
      ...['schedule', 'create', '--schedule-id', id, '--workflow-id', id, '--type', 'OrderReport'],
      ...['--task-queue', 'orders', '--cron', '0 6 1 1 *', '--time-zone', 'Europe/Berlin'],
    );
    const exported = await run(way, ['export', id, '--out', folder]);
    expect(exported).toMatchObject({ exitCode: 0, stdout: `${path.join(folder, id)}.json written\n`, stderr: '' });
    const plan = await run(way, ['plan', folder, '--deep', '--json', '--exit-code']);
    expect(plan.exitCode).toBe(0);
    expect(planned(plan.stdout).changes).toMatchObject([{ id, action: 'no-op', fields: [], owner: null }]);

    const name = path.join(folder, `${id}.json`);
    const definition = JSON.parse(readFileSync(name, 'utf8'));
    writeFileSync(name, JSON.stringify({ ...definition, description: 'Ours now' }));
    const refused = await run(way, ['apply', folder, '--yes']);
    expect(refused.exitCode).toBe(5);
    expect(refused.stdout).toContain('refused: ');
    expect(refused.stdout).toContain(', 1 failed.');
    expect((await run(way, ['export', id, '--out', folder])).exitCode).toBe(5);

    expect(await run(way, ['apply', folder, '--adopt', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(JSON.parse((await run(way, ['describe', id, '--json'])).stdout)).toMatchObject({ owner, owned: true });
    expect((await run(way, ['export', id, '--out', folder])).stdout).toBe(`${name} unchanged\n`);
  }, 60_000);

  test('one schedule that fails does not keep the others from being applied', async () => {
    const [good, bad] = [newId('good'), newId('bad')];
    file(good);
    const { action } = yearly(bad);
    file(bad, { action: { ...action, searchAttributes: { NobodyDefined: 'x' } } });
    const result = await run(way, ['apply', folder]);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(new RegExp(`^\\[[12]/2] ${good} created$`, 'm'));
    expect(result.stdout).toMatch(new RegExp(`^\\[[12]/2] ${bad} failed: .*NobodyDefined`, 'm'));
    expect(result.stdout).toContain('Applied: 1 created, 0 updated, 0 deleted, 0 unchanged, 1 failed.');
  });
});

test('every error of every file, and nothing is asked of a server', async () => {
  file(newId('good'));
  const bad = file('bad', { spec: { cron: ['61 2 * * *'] } });
  const broken = path.join(folder, 'broken.json');
  writeFileSync(broken, '{');
  for (const verb of ['plan', 'apply']) {
    const { output, ended } = program.start([verb, folder, '--url', 'http://127.0.0.1:9'], { ALMANAC_KEY: 'x' });
    expect(await ended).toBe(2);
    expect(output.stdout).toBe('');
    expect(output.stderr).toContain(`${bad}:`);
    expect(output.stderr).toContain(`${broken}:`);
    expect(output.stderr).toContain('2 errors in 2 files: nothing is planned until they are mended');
  }
});

test('a set larger than one request goes in parts, and what is in no file is still told', async () => {
  const [orphan, ...ids] = Array.from({ length: 8 }, () => newId('large'));
  for (const id of [orphan, ...ids]) file(id ?? '', { action: { ...yearly('x').action, input: 'x'.repeat(200_000) } });
  const created = await run('http', ['apply', folder, '--json']);
  expect(created).toMatchObject({ exitCode: 0, stderr: '' });
  expect(appliedView(created.stdout).summary).toMatchObject({ create: 8, failed: 0 });
  rmSync(path.join(folder, `${orphan}.json`));
  const plan = await run('http', ['plan', folder, '--json']);
  expect(planned(plan.stdout)).toMatchObject({ orphans: [orphan], summary: { noOp: 7 } });
  const prune = await run('http', ['plan', folder, '--json', '--prune']);
  expect(planned(prune.stdout)).not.toHaveProperty('orphans');
  expect(planned(prune.stdout).summary).toMatchObject({ delete: 1, noOp: 7 });
  const pruned = await run('http', ['apply', folder, '--prune', '--yes']);
  expect(pruned).toMatchObject({ exitCode: 0, stderr: '' });
  expect(pruned.stdout).toContain(`[1/1] ${orphan} deleted`);
}, 60_000);

test('two applies at once of sets that contradict each other: one of them whole, or a conflict', async () => {
  const ids = Array.from({ length: 60 }, () => newId('rivals'));
  const other = path.join(repository, 'other');
  mkdirSync(other);
  for (const id of ids) {
    file(id, { description: 'one' });
    writeFileSync(path.join(other, `${id}.json`), JSON.stringify(yearly(id, { description: 'two' })));
  }
  const apply = (from: string) => run('http', ['apply', from, '--owner', owner, '--json']);
  const results = await Promise.all([apply(folder), apply(other)]);
  const exitCodes = results.map(({ exitCode }) => exitCode);
  for (const exitCode of exitCodes) expect([0, 5]).toContain(exitCode);
  const plans = await Promise.all(
    [folder, other].map((from) => run('http', ['plan', from, '--owner', owner, '--json'])),
  );
  const left = plans.map(({ stdout }) => planned(stdout).summary.noOp);
  // Each schedule is one of the two.
  expect((left[0] ?? 0) + (left[1] ?? 0)).toBe(60);
  if (!left.includes(60)) expect(exitCodes).toContain(5);
}, 120_000);

test('--markdown: nothing of a file is taken for Markdown, HTML or a person', async () => {
  const id = newId('markdown');
  file(id);
  await run('http', ['apply', folder]);
  file(id, { description: 'a | b <script>alert(1)</script> @somebody #1 `x` [l](http://e) ~~s~~' });
  const { stdout } = await run('http', ['plan', folder, '--markdown']);
  expect(stdout).toContain(`| update | <code>${id}</code> | <code>description</code> | the same |`);
  expect(stdout).toContain('<details><summary>');
  const row = stdout.split('\n').find((line) => line.includes('alert')) ?? '';
  expect(row.match(/\|/g)).toHaveLength(4);
  expect(row.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>@`[\]~*]/);
});
