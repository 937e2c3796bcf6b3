import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import { pipelineWorkflow } from '../../src/domain/temporal-names.js';
import { manifestOfSources, workerManifest } from '../../src/domain/worker-manifest.js';
import { workerNodeFlags } from '../../src/worker-node-flags.js';
import { testClient } from '../support/temporal.js';
import { newTaskQueue } from '../support/worker.js';

/** What Docker would do, without Docker: the context that .dockerignore lets through, the Dockerfile's RUN, its CMD. */

const run = promisify(execFile);
const dockerfile = readFileSync('Dockerfile', 'utf8');
const context = mkdtempSync(path.join(tmpdir(), 'almanac-context-'));
const out = path.join(context, 'out');
let worker: ChildProcess | undefined;
let log = '';

beforeAll(async () => {
  for (const name of allowed()) {
    mkdirSync(path.dirname(path.join(context, name)), { recursive: true });
    cpSync(name, path.join(context, name), { recursive: true });
  }
  // The build's tools, which the Dockerfile installs by `npm ci` and of which nothing goes into the image.
  symlinkSync(path.resolve('node_modules'), path.join(context, 'node_modules'));
  const [, script] = /^RUN (?:--\S+ )*(node scripts\/\S+) \/out$/m.exec(dockerfile) ?? [];
  const [command, ...args] = script?.split(' ') ?? [];
  if (command === undefined) throw new Error('the Dockerfile runs no script that writes /out');
  await run(command, [...args, out], { cwd: context, maxBuffer: 64 * 1024 ** 2 });
}, 300_000);

afterAll(() => {
  worker?.kill('SIGKILL');
  rmSync(context, { recursive: true, force: true });
});

/** Of .dockerignore: `*`, then what comes back by `!`. */
function allowed(): string[] {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  expect(lines).toContain('*');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

describe('tree of the worker’s image', () => {
  it('has production packages alone, and native code for this platform alone', () => {
    expect(readdirSync(path.join(out, 'node_modules/@temporalio/core-bridge/releases'))).toHaveLength(1);
    for (const name of ['typescript', 'aws-cdk-lib', 'vitest', '@biomejs']) {
      expect(existsSync(path.join(out, 'node_modules', name))).toBe(false);
    }
    expect(readdirSync(path.join(out, 'dist/src')).sort()).not.toContain('cli');
    const megabytes = Number(execFileSync('du', ['-sm', out], { encoding: 'utf8' }).split('\t')[0]);
    expect(megabytes).toBeLessThan(200);
  });

  it('says what it can run, to the deploy that holds schedules against it', () => {
    const carried = JSON.parse(readFileSync(path.join(out, 'dist/worker-manifest.json'), 'utf8'));
    expect(workerManifest.parse(carried)).toEqual(manifestOfSources());
  });

  it('runs a pipeline on the real server from its prebuilt bundle, is healthy, and drains on SIGTERM', async () => {
    const taskQueue = newTaskQueue();
    const healthPort = await freePort();
    const metricsPort = await freePort();
    const environment = {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ALMANAC_TASK_QUEUE: taskQueue,
      ALMANAC_WORKER_HEALTH_PORT: String(healthPort),
      ALMANAC_WORKER_METRICS_PORT: String(metricsPort),
      ALMANAC_METRICS_NAMESPACE: 'Almanac',
      ALMANAC_WORKER_SHUTDOWN_GRACE: '1',
      ALMANAC_WORKER_SHUTDOWN_FORCE: '2',
    };
    const [command, ...args] = commandOf('CMD');
    expect(args.slice(0, -1)).toEqual([...workerNodeFlags]);
    const child = spawn(command ?? '', args, { cwd: out, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    worker = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
    const health = commandOf('HEALTHCHECK').map((word) => word.replace('/app/', `${out}/`));
    const check = () =>
      run(health[0] ?? '', health.slice(1), { env: environment }).then(
        () => 'healthy',
        (error: Error) => error.message,
      );
    await expect.poll(check, { timeout: 30_000, interval: 500, message: log }).toBe('healthy');

    const { action } = parseDefinition({
      id: 'tree',
      spec: { intervals: [{ every: '1d' }] },
      action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: "{% $input.long & 'ms' %}" } }] },
    });
    if (!('steps' in action)) throw new TypeError('the definition has no steps');
    const result: unknown = await testClient().workflow.execute(pipelineWorkflow, {
      taskQueue,
      workflowId: `tree-${taskQueue}`,
      args: [{ scheduleId: 'tree', timezone: 'UTC', steps: action.steps, input: { long: 20 } }],
      workflowRunTimeout: '30s',
    });
    expect(result).toMatchObject({ steps: [{ id: 'pause', status: 'succeeded' }] });

    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const lines = log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)?.msg ?? lines.at(-2)?.msg).toBe('worker drained');
    const metrics = lines.find((line) => line._aws !== undefined);
    expect(metrics?._aws.CloudWatchMetrics[0].Namespace).toBe('Almanac');
    expect(metrics?.WorkflowTaskScheduleToStart.Counts.length).toBeGreaterThan(0);
    expect(await check()).not.toBe('healthy');
  });
});

/** Words of an instruction in its JSON form. */
function commandOf(instruction: 'CMD' | 'HEALTHCHECK'): string[] {
  const pattern = instruction === 'CMD' ? /^CMD (\[.*\])$/m : /^HEALTHCHECK .*CMD (\[.*\])$/m;
  const text = pattern.exec(dockerfile)?.[1];
  if (text === undefined) throw new Error(`the Dockerfile has no ${instruction} in JSON form`);
  return (JSON.parse(text) as unknown[]).map(String);
}
