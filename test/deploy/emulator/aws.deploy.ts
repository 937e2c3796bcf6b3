import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { createPlanService } from '../../../src/services/plan/plan-service.js';
import { find } from '../../../src/services/plan/read-plan.js';
import { yearly } from '../../support/api.js';
import { type HttpPartner, startPartner } from '../../support/http-partner.js';
import { keepSecret, openLog } from '../../support/run-logs.js';
import { type OwnTemporalServer, startOwnTemporalServer } from '../../support/temporal-server.js';
import { type Cdk, createCdk } from './cdk.js';
import { type MiniStack, startMiniStack } from './mini-stack.js';

// One deployment from nothing to nothing, on an emulated AWS and a real Temporal server; each test goes on where the one before ended.

const owner = 'almanac';
const folder = mkdtempSync(path.join(tmpdir(), 'almanac-deploy-'));
const schedulesFolder = path.join(folder, 'schedules');
const config = path.join(folder, 'almanac.config.json');

let temporal: OwnTemporalServer;
let aws: MiniStack;
let cdk: Cdk;
let partner: HttpPartner;
let worker: ChildProcess | undefined;
/** Base of the deployed HTTP API. */
let api = '';
let adminKey = '';

beforeAll(async () => {
  temporal = await startOwnTemporalServer();
  aws = await startMiniStack();
  partner = await startPartner();
  mkdirSync(schedulesFolder);
  writeFileSync(
    config,
    JSON.stringify({
      region: 'us-east-1',
      schedules: schedulesFolder,
      temporal: { mode: 'existing', address: temporal.address, tls: false },
      removal: 'destroy',
    }),
  );
  cdk = await createCdk('test/deploy/emulator/emulator-app.ts', config, aws.env);
});

afterAll(async () => {
  if (worker !== undefined && worker.exitCode === null) {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
  cdk?.remove();
  await partner?.close();
  await aws?.stop();
  await temporal?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function writeSchedule(id: string, changes: Record<string, unknown> = {}): void {
  writeFileSync(path.join(schedulesFolder, `${id}.json`), JSON.stringify(yearly(id, changes), null, 2));
}

function live(id: string) {
  return find(temporal.client, id);
}

/** All that a roll-back has to bring back. */
async function seen(id: string) {
  const { raw, state, digest, owner } = (await live(id)) ?? {};
  const { spec, action, policies } = raw?.schedule ?? {};
  return JSON.parse(JSON.stringify({ spec, action, policies, state, digest, owner }));
}

async function readSecret(name: string): Promise<string> {
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = aws.env;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const client = new SecretsManagerClient({ region: 'us-east-1', endpoint, credentials });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
  keepSecret(`secret ${name}`, SecretString ?? '');
  return SecretString ?? '';
}

/** What CloudFormation says, or undefined where there is no such stack. The emulator wants to know for which service a call is signed. */
async function stackStatus(name: string): Promise<string | undefined> {
  const scope = `${aws.env.AWS_ACCESS_KEY_ID}/20260101/us-east-1/cloudformation/aws4_request`;
  const response = await fetch(aws.url, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ Action: 'DescribeStacks', Version: '2010-05-15', StackName: name }),
  });
  return /<StackStatus>(\w+)<\/StackStatus>/.exec(await response.text())?.[1];
}

async function call(method: string, route: string, body?: unknown, key = adminKey) {
  const response = await fetch(`${api}${route}`, {
    method,
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : undefined, text };
}

async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const found = await probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not happen within 60 s`);
}

/** An output of a stack, as the command line prints it. */
function output(printed: string, name: string): string {
  const match = new RegExp(`${name} = (.*)`).exec(printed);
  if (match?.[1] === undefined) throw new Error(`no output ${name} in:\n${printed}`);
  return match[1].trim();
}

it('deploys all stacks into an empty account, with the schedules of the folder', async () => {
  await createPlanService({ client: temporal.client, taskQueue: 'almanac', owner: 'somebody' }).apply([
    parseDefinition(yearly('of-somebody')),
  ]);
  writeSchedule('nightly');
  writeSchedule('weekly');
  writeSchedule('load', {
    action: {
      steps: [
        { id: 'load', uses: 'http.callback', with: { url: `${partner.url}/loads`, body: { shop: 7 } }, timeout: '10m' },
      ],
    },
  });
  await cdk.bootstrap('aws://000000000000/us-east-1');
  const printed = await cdk.deploy();
  expect(output(printed, 'AlmanacSchedules.Summary')).toBe('3 created, 0 updated, 0 deleted, 0 unchanged');
  expect(output(printed, 'AlmanacSchedules.Changes')).toBe('created load; created nightly; created weekly');
  for (const id of ['load', 'nightly', 'weekly']) expect((await live(id))?.owner).toBe(owner);
  const apiId = /https?:\/\/([a-z0-9]+)\.execute-api\./.exec(output(printed, 'AlmanacApi.Url'))?.[1];
  api = `${aws.url}/_aws/execute-api/${apiId}/$default`;
  adminKey = (await readSecret(output(printed, 'AlmanacApi.AdminKeySecret'))).trim();
  expect(printed).not.toContain(adminKey);
});

it('answers through the deployed HTTP API: health, list, create, pause, trigger', async () => {
  // No worker polls yet.
  expect(await call('GET', '/health', undefined, '')).toMatchObject({
    status: 200,
    json: {
      status: 'degraded',
      components: expect.arrayContaining([expect.objectContaining({ name: 'temporal', status: 'ok' })]),
    },
  });
  expect((await call('GET', '/v1/schedules', undefined, '')).status).toBe(401);
  expect((await call('GET', '/v1/schedules', undefined, 'a-key-that-nobody-has')).status).toBe(401);
  const { json } = await call('GET', '/v1/schedules');
  expect(json.items.map(({ id }: { id: string }) => id).sort()).toEqual(['load', 'nightly', 'of-somebody', 'weekly']);
  expect((await call('POST', '/v1/schedules', yearly('by-hand'))).status).toBe(201);
  expect((await call('POST', '/v1/schedules', yearly('by-hand'))).status).toBe(409);
  expect((await call('POST', '/v1/schedules/nightly/pause', { note: 'stocktaking' })).status).toBe(200);
  expect((await live('nightly'))?.state).toMatchObject({ paused: true, note: 'stocktaking' });
  const triggered = await call('POST', '/v1/schedules/weekly/trigger', {});
  expect(triggered).toMatchObject({ status: 202, json: { workflowId: expect.stringContaining('weekly') } });
  const run = await call('GET', `/v1/runs/${encodeURIComponent(triggered.json.workflowId)}`);
  expect(run).toMatchObject({ status: 200, json: { status: 'running', scheduleId: 'weekly' } });
});

it('completes a step through the deployed callback URL', async () => {
  worker = spawn(process.execPath, ['dist/src/worker/main.js'], {
    stdio: ['ignore', openLog('deployed-worker'), openLog('deployed-worker')],
    env: {
      PATH: process.env.PATH,
      ...aws.env,
      TEMPORAL_ADDRESS: temporal.address,
      // What the task definition would give; the base of the links is where the emulator serves the API.
      ALMANAC_PUBLIC_URL: api,
      ALMANAC_CALLBACK_KEYS_SECRET: 'almanac/callback-keys',
      ALMANAC_WEBHOOK_SECRET: (await readSecret('almanac/webhook-secret')).trim(),
      ALMANAC_HTTP_ALLOW: '127.0.0.0/8',
      ALMANAC_WORKER_SHUTDOWN_GRACE: '1',
      ALMANAC_WORKER_SHUTDOWN_FORCE: '3',
    },
  });
  await until('a healthy platform', async () => {
    const { json } = await call('GET', '/health', undefined, '');
    return json.status === 'ok' ? json : undefined;
  });
  const triggered = await call('POST', '/v1/schedules/load/trigger', {});
  expect(triggered.status).toBe(202);
  const request = await until('the call of the partner', async () =>
    partner.received.find((one) => one.path === '/loads'),
  );
  const { callback } = JSON.parse(request.body);
  expect(callback.complete.startsWith(`${api}/v1/callbacks/`)).toBe(true);
  const post = async (url: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: await response.json() };
  };
  expect((await fetch(callback.complete.replace(/\/complete$/, ''))).status).toBe(200);
  expect(await post(callback.complete.replace(/.{9}\/complete$/, 'AAAAAAAAA/complete'), {})).toMatchObject({
    status: 404,
  });
  expect(await post(callback.complete, { output: { rows: 12 } })).toMatchObject({ status: 200 });
  expect(await post(callback.complete, { output: { rows: 12 } })).toMatchObject({
    status: 200,
    json: { duplicate: true },
  });
  const run = await until('the end of the run', async () => {
    const { json } = await call('GET', `/v1/runs/${encodeURIComponent(triggered.json.workflowId)}`);
    return json.status === 'running' ? undefined : json;
  });
  expect(run).toMatchObject({
    status: 'completed',
    steps: [{ id: 'load', status: 'succeeded', output: { rows: 12 } }],
  });
});

it('changes by the next deploy what changed, and keeps a pause made by hand', async () => {
  const others = await Promise.all(['weekly', 'load', 'by-hand', 'of-somebody'].map(live));
  writeSchedule('nightly', { description: 'An hour later', spec: { cron: ['0 3 1 1 *'], timezone: 'Europe/Berlin' } });
  const printed = await cdk.deploy();
  expect(output(printed, 'AlmanacSchedules.Summary')).toBe('0 created, 1 updated, 0 deleted, 2 unchanged');
  expect(output(printed, 'AlmanacSchedules.Changes')).toMatch(/^updated nightly \(.*spec\.cron\[0\].*\)$/);
  expect(await live('nightly')).toMatchObject({
    definition: { description: 'An hour later' },
    state: { paused: true, note: 'stocktaking' },
  });
  for (const before of others) expect((await live(before?.id ?? ''))?.etag).toBe(before?.etag);
});

it('rolls a bad change back, and leaves the live schedules as they were', async () => {
  const ids = ['nightly', 'weekly', 'load', 'by-hand', 'of-somebody'];
  const before = await Promise.all(ids.map(seen));
  writeSchedule('nightly', { description: 'Never to be seen', paused: true });
  writeSchedule('fresh');
  // Only the server knows that this attribute is not there.
  writeSchedule('zz-bad', { action: { ...yearly('zz-bad').action, searchAttributes: { NobodyDefined: 'x' } } });
  rmSync(path.join(schedulesFolder, 'weekly.json'));
  const { code, output: printed } = await cdk.tryDeploy();
  expect(code).not.toBe(0);
  expect(printed).toContain('zz-bad');
  expect(printed).toContain('NobodyDefined');
  expect(await stackStatus('AlmanacSchedules')).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await Promise.all(ids.map(seen))).toEqual(before);
  expect(await live('fresh')).toBeUndefined();
  expect(await live('zz-bad')).toBeUndefined();
});

it('takes its schedules with it when it is destroyed, and nobody else’s', async () => {
  await cdk.destroy();
  for (const name of ['AlmanacApi', 'AlmanacSchedules']) expect(await stackStatus(name)).toBeUndefined();
  for (const id of ['nightly', 'weekly', 'load']) expect(await live(id)).toBeUndefined();
  for (const id of ['by-hand', 'of-somebody']) expect(await live(id)).toBeDefined();
});
