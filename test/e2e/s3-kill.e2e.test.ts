import { type ChildProcess, spawn } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createS3Client } from '../../src/clients/s3.js';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import type { StepsAction } from '../../src/domain/definition/schedule-definition.js';
import { pipelineWorkflow } from '../../src/domain/temporal-names.js';
import { keysOf, openUploads, sha256, tool } from '../activities/s3/environment.js';
import { seeded } from '../activities/s3/random.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import setup from '../support/global-setup.js';
import { recordHistory } from '../support/histories.js';
import { newBucket, readObject } from '../support/s3.js';

/** SIGKILLs of a real worker process in the middle of S3 steps. `ALMANAC_KILL_ROUNDS=20` for a longer proof. */
const rounds = Number(process.env.ALMANAC_KILL_ROUNDS ?? 2);
const seed = Number(process.env.ALMANAC_KILL_SEED ?? 20261120);
const random = seeded(seed);
const MiB = 1024 * 1024;

let teardown: () => Promise<void>;
let temporalAddress = '';
let s3: S3Client;
let client: Client;
let proxy: FaultProxy;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  const provided = new Map<string, string>();
  const provide = (name: string, value: unknown) => void provided.set(name, String(value));
  teardown = await setup({ provide } as Parameters<typeof setup>[0]);
  temporalAddress = provided.get('temporalAddress') ?? '';
  s3 = createS3Client({ region: 'us-east-1', s3Endpoint: provided.get('s3Endpoint') });
  client = createTemporalClient({ connection: { address: temporalAddress }, namespace: 'default' });
  proxy = await startFaultProxy(provided.get('s3Endpoint') ?? '', random);
});
afterEach(async () => {
  if (worker?.exitCode === null && worker.signalCode === null) await kill();
});
afterAll(async () => {
  await client?.connection.close();
  await proxy?.close();
  await teardown?.();
});

function startWorker(): void {
  worker = spawn(process.execPath, ['dist/src/worker/main.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: temporalAddress,
      AWS_ENDPOINT_URL_S3: proxy.url,
      AWS_REGION: 'us-east-1',
      ALMANAC_TASK_QUEUE: 'kill',
      ALMANAC_LOG_LEVEL: 'error',
      ALMANAC_WORKER_SHUTDOWN_GRACE: '1',
      ALMANAC_WORKER_SHUTDOWN_FORCE: '20',
      NODE_NO_WARNINGS: '1',
    },
  });
}

async function kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<number | null> {
  const { pid, exitCode } = worker ?? {};
  if (worker === undefined || pid === undefined || exitCode !== null) throw new Error('the worker is not running');
  const gone = once(worker, 'exit');
  worker.kill(signal);
  await gone;
  return worker.exitCode;
}

let runs = 0;

function run(step: object, maximumAttempts = 20, initialInterval = '100ms'): Promise<WorkflowHandle> {
  const definition = parseDefinition({
    id: 'kill',
    spec: { intervals: [{ every: '1d' }] },
    action: {
      steps: [
        {
          id: 'transform',
          uses: 's3.transform',
          with: step,
          heartbeat: '3s',
          retry: { maximumAttempts, initialInterval, backoff: 1 },
        },
      ],
    },
  });
  runs += 1;
  proxy.answered.length = 0;
  return client.workflow.start(pipelineWorkflow, {
    taskQueue: 'kill',
    workflowId: `kill-${runs}`,
    args: [{ scheduleId: 'kill', timezone: 'UTC', steps: (definition.action as StepsAction).steps, input: {} }],
    workflowRunTimeout: '3m',
  });
}

/** Waits until the server has answered that many requests of a kind. */
async function until(count: number, matches: (request: FaultProxy['answered'][number]) => boolean): Promise<void> {
  while (proxy.answered.filter(matches).length < count) await delay(5);
}

const isPart = ({ method, query, status }: FaultProxy['answered'][number]) =>
  method === 'PUT' && query.has('partNumber') && status === 200;
const isAbort = ({ method, query }: FaultProxy['answered'][number]) => method === 'DELETE' && query.has('uploadId');
const isObject = ({ method, path, query, status }: FaultProxy['answered'][number]) =>
  method === 'PUT' &&
  !query.has('partNumber') &&
  status === 200 &&
  path.includes('/out/') &&
  !path.includes('.almanac/');

/** A round that ran out of time may still be going on beside the next. */
const isOf = (target: string) => (request: FaultProxy['answered'][number]) => request.path.startsWith(`/${target}/`);

/** Lines that hardly compress, one in five with `keep`. */
function bulkyLines(bytes: number): Buffer {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'kill'), Buffer.alloc(16));
  const text = noise.update(Buffer.alloc(Math.floor(bytes * 0.74))).toString('base64');
  const lines = text.match(/.{1,99}/g) ?? [];
  return Buffer.from(lines.map((line, index) => `${line}${index % 5 === 0 ? ' keep' : ''}\n`).join(''));
}

describe(`SIGKILL at random moments, seed ${seed}`, () => {
  const large = bulkyLines(300 * MiB);
  const expected = tool('grep', ['-v', 'keep'], large);
  const names = Array.from({ length: 1000 }, (_, index) => `in/${String(index).padStart(4, '0')}`);
  let source = '';
  let small = '';
  beforeAll(async () => {
    source = await newBucket(s3, 'large');
    await s3.send(new PutObjectCommand({ Bucket: source, Key: 'large.txt', Body: large }));
    small = await newBucket(s3, 'small');
    for (let start = 0; start < names.length; start += 50) {
      await Promise.all(
        names.slice(start, start + 50).map((name) => {
          const Body = Buffer.from(`${name}\n${'x'.repeat(Number(name.slice(3)))}\n`);
          return s3.send(new PutObjectCommand({ Bucket: small, Key: name, Body }));
        }),
      );
    }
  });

  test.each(Array.from({ length: rounds }, (_, round) => round + 1))('one large object, round %i', async () => {
    const target = await newBucket(s3, 'target');
    const before = Math.floor(random() * 37);
    startWorker();
    const handle = await run({
      source: { bucket: source, prefix: '' },
      target: { bucket: target, prefix: 'out/' },
      drop: 'keep',
      manifest: 'manifest.ndjson',
    });
    await until(before, isPart);
    await delay(random() * 150);
    await kill();
    startWorker();
    await handle.result();
    const written = await readObject(s3, target, 'out/large.txt');
    expect(sha256(written)).toBe(sha256(expected));
    const parts = proxy.answered.filter(isPart).filter(isOf(target));
    const needed = new Set(parts.map(({ query }) => query.get('partNumber'))).size;
    expect(needed).toBe(Math.max(...parts.map(({ query }) => Number(query.get('partNumber')))));
    expect(parts.length - needed).toBeLessThanOrEqual(1);
    const manifest = (await readObject(s3, target, 'manifest.ndjson')).toString().trimEnd().split('\n');
    expect(manifest.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ key: 'large.txt', sha256: sha256(expected), bytesOut: expected.length }),
    ]);
    expect(await keysOf(s3, target)).toEqual(['manifest.ndjson', 'out/large.txt']);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test.each(Array.from({ length: rounds }, (_, round) => round + 1))('1,000 small objects, round %i', async () => {
    const target = await newBucket(s3, 'target');
    startWorker();
    const handle = await run({
      source: { bucket: small, prefix: 'in/' },
      target: { bucket: target, prefix: 'out/' },
      drop: '^x*$',
      manifest: 'manifest.ndjson',
    });
    await until(Math.floor(random() * 950), isObject);
    await delay(random() * 20);
    await kill();
    startWorker();
    await handle.result();
    expect(proxy.answered.filter(isObject).filter(isOf(target)).length - names.length).toBeLessThanOrEqual(1);
    const manifest = (await readObject(s3, target, 'manifest.ndjson')).toString().trimEnd().split('\n');
    const records = manifest.map((line) => JSON.parse(line));
    expect(records.map(({ key }) => key)).toEqual(names);
    for (const { key, targetKey, sha256: hash } of records) {
      const content = createHash('sha256').update(`${key}\n`).digest('hex');
      expect(hash).toBe(content);
      expect(sha256(await readObject(s3, target, targetKey))).toBe(content);
    }
  });

  test('SIGTERM: handed over in seconds, exit 0, and gone on with', async () => {
    const target = await newBucket(s3, 'target');
    startWorker();
    const handle = await run({ source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' } });
    await until(4, isPart);
    const begin = performance.now();
    expect(await kill('SIGTERM')).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5_000);
    startWorker();
    await handle.result();
    expect(sha256(await readObject(s3, target, 'out/large.txt'))).toBe(sha256(large));
    const parts = proxy.answered.filter(isPart).filter(isOf(target));
    const needed = new Set(parts.map(({ query }) => query.get('partNumber'))).size;
    expect(parts.length - needed).toBeLessThanOrEqual(1);
  });

  test('killed in the last attempt: the step fails, and what it left is swept', async () => {
    const target = await newBucket(s3, 'target');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' }, drop: 'keep' };
    startWorker();
    const handle = await run(step, 1);
    await until(4, isPart);
    await kill();
    expect(await openUploads(s3, target)).toBe(1);
    startWorker();
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('step transform') },
    });
    expect(await openUploads(s3, target)).toBe(0);
    expect(await keysOf(s3, target)).toEqual([]);
    await recordHistory('s3-sweep', handle);
  });

  test('SIGTERM in the last attempt: what was begun is not left', async () => {
    const target = await newBucket(s3, 'target');
    startWorker();
    const handle = await run({ source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' } }, 1);
    await until(4, isPart);
    expect(await kill('SIGTERM')).toBe(0);
    expect(await openUploads(s3, target)).toBe(0);
    startWorker();
    await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringContaining('shut down') } });
    expect(await keysOf(s3, target)).toEqual([]);
  });

  test('frozen for longer than its heartbeats may be late: another worker goes on, and the first takes nothing from it', async () => {
    const target = await newBucket(s3, 'target');
    startWorker();
    const handle = await run({ source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' } });
    await until(4, isPart);
    const frozen = worker;
    frozen?.kill('SIGSTOP');
    try {
      const before = proxy.answered.filter(isPart).length;
      startWorker();
      // What came from the frozen one may still be answered.
      await until(before + 8, isPart);
      frozen?.kill('SIGCONT');
      await handle.result();
    } finally {
      frozen?.kill('SIGKILL');
    }
    expect(sha256(await readObject(s3, target, 'out/large.txt'))).toBe(sha256(large));
    const parts = proxy.answered.filter(isPart).filter(isOf(target));
    const needed = new Set(parts.map(({ query }) => query.get('partNumber'))).size;
    // Two were on their way when it was frozen.
    expect(parts.length - needed).toBeLessThanOrEqual(2);
    expect(proxy.answered.filter(isAbort)).toEqual([]);
    expect(await openUploads(s3, target)).toBe(0);
  });

  test('cancelled between two attempts: what the first left is swept', async () => {
    const target = await newBucket(s3, 'target');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' } };
    startWorker();
    const handle = await run(step, 20, '2m');
    await until(4, isPart);
    await kill();
    startWorker();
    await vi.waitFor(
      async () => {
        const [step] = (await handle.describe()).raw.pendingActivities ?? [];
        expect(step?.lastFailure).toBeTruthy();
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(await openUploads(s3, target)).toBe(1);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await openUploads(s3, target)).toBe(0);
    expect(await keysOf(s3, target)).toEqual([]);
    await recordHistory('s3-sweep-cancelled', handle);
  });

  test('cancelled: stopped within two heartbeats, no upload left open', async () => {
    const target = await newBucket(s3, 'target');
    startWorker();
    const handle = await run({ source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: 'out/' } });
    await until(3, isPart);
    proxy.slow(({ method, path }) => method === 'PUT' && path.includes('/out/'), 60_000);
    const begin = performance.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    proxy.slow(() => false, 0);
    expect(performance.now() - begin).toBeLessThan(6_000);
    expect(await openUploads(s3, target)).toBe(0);
    expect(await keysOf(s3, target)).toEqual([]);
  });
});
