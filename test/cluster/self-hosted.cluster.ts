import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { type Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { services } from '../../cdk/constructs/temporal/environment.js';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { cacheFolder, loadTemporalConfig } from '../../src/config.js';
import { createAuthority } from '../../src/deploy/cluster/certificates.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import { searchAttributes } from '../../src/domain/temporal-names.js';
import { provideBinary, temporalCli, temporalServer, temporalSqlTool } from '../../src/local/binaries/index.js';
import { createProgress } from '../../src/local/progress.js';
import { projectRoot } from '../../src/local/project-root.js';
import { createScheduleService } from '../../src/services/schedules/schedule-service.js';
import { eventually } from '../support/temporal-server.js';
import { Cluster, tlsName } from './support/cluster.js';
import { type Postgres, startPostgres } from './support/postgres.js';

const taskQueue = 'almanac';
const home = mkdtempSync(path.join(tmpdir(), 'almanac-cluster-'));
let postgres: Postgres;
let cluster: Cluster;
let worker: ChildProcess | undefined;
let client: Client;

beforeAll(async () => {
  const progress = createProgress();
  const options = { env: process.env, cache: cacheFolder(), root: projectRoot(), progress };
  const programs: string[] = [];
  for (const tool of [temporalServer, temporalSqlTool, temporalCli]) {
    programs.push(path.dirname(await provideBinary(tool, { ...options, signal: new AbortController().signal })));
  }
  postgres = await startPostgres(home, cacheFolder());
  cluster = await Cluster.create({ home, programs, postgres });
});

afterAll(async () => {
  await client?.connection.close();
  if (worker !== undefined && worker.exitCode === null) {
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  }
  await cluster?.stop();
  await postgres?.stop();
  if (process.env.ALMANAC_KEEP_CLUSTER === undefined) rmSync(home, { recursive: true, force: true });
});

test('the one-off task creates the schema, and changes nothing when it runs again', async () => {
  const change = 'Processing schema file: postgresql/v12/';
  expect(await cluster.schema()).toContain(`${change}visibility/`);
  expect(await cluster.schema()).not.toContain(change);
});

test('four servers find each other over TLS; the second task registers the namespace', async () => {
  for (const service of services) cluster.start(service);
  await cluster.namespace(3);
  client = createTemporalClient(loadTemporalConfig(cluster.clientEnvironment));
  expect(await retentionDays()).toBe(3);
  await cluster.namespace(7);
  expect(await retentionDays()).toBe(7);
  const found = await (client.connection as Connection).operatorService.listSearchAttributes({ namespace: 'almanac' });
  expect(Object.keys(found.customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(searchAttributes)));
  expect(await client.workflowService.getClusterInfo({})).toMatchObject({
    serverVersion: temporalServer.version,
    historyShardCount: 512,
    persistenceStore: 'postgres12',
    visibilityStore: 'postgres12',
  });
});

test('nobody comes in without the authority of the cluster', async () => {
  const reach = (tls: { serverRootCACertificate: Buffer; serverNameOverride: string } | undefined) =>
    Connection.connect({ address: cluster.address, connectTimeout: '3s', ...(tls === undefined ? {} : { tls }) });
  const foreign = Buffer.from(createAuthority('somebody else').certificate);
  await expect(reach({ serverRootCACertificate: foreign, serverNameOverride: tlsName })).rejects.toThrow();
  await expect(reach(undefined)).rejects.toThrow();
  // History serves members of the cluster alone: those that show its certificate.
  const { certificate: cert, key } = cluster.certificate;
  expect(await handshake(cluster.ports.history, { cert, key })).toBe('accepted');
  expect(await handshake(cluster.ports.history, {})).toMatch(/certificate.required|bad certificate/);
});

test('a schedule fires on it, and SIGKILL of the history server loses nothing', async () => {
  worker = startWorker();
  const schedules = createScheduleService({ client, taskQueue, owner: 'test' });
  const wait = (duration: string) => ({ steps: [{ id: 'rest', uses: 'wait', with: { duration } }] });
  const ticking = parseDefinition({
    id: 'ticking',
    spec: { intervals: [{ every: '3s' }] },
    policies: { overlap: 'allowAll' },
    action: wait('500ms'),
  });
  const rarely = parseDefinition({ id: 'long', spec: { intervals: [{ every: '365d' }] }, action: wait('45s') });
  // A cluster that has just come up moves its shards for a while: longer than one call waits, and on a busy machine for a minute.
  for (const definition of [ticking, rarely]) await eventually(() => schedules.put(definition), 150_000);
  const long = await eventually(() => schedules.trigger('long', { triggeredBy: 'test' }));
  if ('buffered' in long) throw new Error('a trigger with allowAll was buffered');
  await eventually(async () => expect((await ended('ticking')).length).toBeGreaterThanOrEqual(2));

  expect(await cluster.end('history', 'SIGKILL')).toBe('SIGKILL');
  await delay(7_000);
  cluster.start('history');

  const handle = client.workflow.getHandle(long.workflowId, long.runId);
  await eventually(async () => expect((await handle.describe()).status.name).not.toBe('RUNNING'));
  expect((await handle.describe()).status.name).toBe('COMPLETED');
  const restarted = Date.now();
  await eventually(async () => expect((await ended('ticking')).at(-1) ?? 0).toBeGreaterThan(restarted));
  await eventually(() => schedules.pause('ticking', 'looked at'));
  // Every nominal time from the first to the last, those of the outage too, once each. What is listed lags behind: a run that
  // began just before the pause may come into sight late.
  await eventually(async () => {
    const runs = await runsOf('ticking');
    const gaps = runs.slice(1).map(({ time }, index) => time - (runs[index]?.time ?? 0));
    expect({ gaps: new Set(gaps), statuses: new Set(runs.map(({ status }) => status)) }).toEqual({
      gaps: new Set([3_000]),
      statuses: new Set(['COMPLETED']),
    });
  });
});

test('SIGTERM drains every server within the time that Fargate grants', async () => {
  const start = Date.now();
  const codes = await Promise.all(services.map((service) => cluster.end(service, 'SIGTERM')));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(Date.now() - start).toBeLessThan(115_000);
  for (const service of services) expect(readFileSync(cluster.logOf(service), 'utf8')).not.toContain(postgres.password);
});

function startWorker(): ChildProcess {
  const log = openSync(path.join(home, 'logs', 'almanac-worker.log'), 'a');
  return spawn(process.execPath, ['dist/src/worker/main.js'], {
    cwd: projectRoot(),
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      ...cluster.clientEnvironment,
      ...{ ALMANAC_TASK_QUEUE: taskQueue, AWS_REGION: 'us-east-1', ALMANAC_LOG_LEVEL: 'info' },
    },
  });
}

async function retentionDays(): Promise<number> {
  const { config } = await client.workflowService.describeNamespace({ namespace: 'almanac' });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
}

async function runsOf(id: string) {
  const runs: { time: number; status: string }[] = [];
  for await (const run of client.workflow.list({ query: `AlmanacScheduleId = '${id}'` })) {
    const nominal = run.searchAttributes.TemporalScheduledStartTime?.[0];
    if (nominal instanceof Date) runs.push({ time: nominal.getTime(), status: run.status.name });
  }
  return runs.sort((a, b) => a.time - b.time);
}

async function ended(id: string): Promise<number[]> {
  return (await runsOf(id)).filter(({ status }) => status !== 'RUNNING').map(({ time }) => time);
}

/** What a TLS client with these credentials is told; the answer of TLS 1.3 to a missing certificate comes after the handshake. */
function handshake(port: number, credentials: { cert?: string; key?: string }): Promise<string> {
  const socket = connect({
    ...{ host: '127.0.0.1', port, servername: tlsName, ca: cluster.authority.certificate, ALPNProtocols: ['h2'] },
    ...credentials,
  });
  const answer = new Promise<string>((resolve) => {
    socket.once('error', (error) => resolve(error.message));
    // A gRPC server that took the client sends its settings.
    socket.once('data', () => resolve('accepted'));
  });
  return answer.finally(() => socket.destroy());
}
