// Callbacks over HTTP against bare `client.activity.complete`: same server, same worker, same workflow, in turns.
//   rate: so many waiting steps, completed at the same concurrency. Target: at least 0.6 of the bare rate.
//   POST → next step: from the call to the start of the next activity, one at a time. Target: p50 at most 1.3 of the bare one.
// The API is the real one, a process of its own (its log goes nowhere); its CPU time for 1,000 completes is told where /proc is.
//   node bench/callback.mjs [--callbacks 400] [--concurrency 20] [--rounds 5] [--samples 60]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CompleteAsyncError, Context } from '@temporalio/activity';
import { Runtime, Worker } from '@temporalio/worker';
import { Agent, request } from 'undici';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { parseKeyring } from '../dist/src/domain/callback/keyring.js';
import { newJti, sealToken } from '../dist/src/domain/callback/token.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { bundleEntry } from '../dist/src/worker/workflow-bundle.js';
import { freePort, median, option, percentile, quietLogger, startTemporal, temporalBinary } from './support.mjs';
import { connectWorker } from './worker-support.mjs';

const callbacks = option('callbacks', 400);
const concurrency = option('concurrency', 20);
const rounds = option('rounds', 5);
const samples = option('samples', 60);
/** Turns that do not count: an API just started runs code that is not compiled yet, while the client here has been busy. */
const warmUps = 3;
const ring = JSON.stringify({
  current: 'bench',
  keys: [{ kid: 'bench', secret: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z' }],
});
const keyring = parseKeyring(ring);
const output = { rows: 1200, table: 'flights' };
/** Resolves when the next step of a workflow started. */
const nextSteps = new Map();
/** Activity ids of the steps that wait, by workflow id: a promise, and what resolves it. */
const started = new Map();
const onStart = new Map();
let runs = 0;

Runtime.install({ logger: quietLogger, shutdownSignals: [] });

const server = await startTemporal(await temporalBinary(), searchAttributes);
const agent = new Agent({ connections: concurrency });
let worker;
let running;
let connection;
let api;
try {
  connection = await connectWorker(server.address);
  worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: 'bench',
    workflowBundle: await bundleEntry(path.join(import.meta.dirname, 'workflows/callback.js')),
    activities: {
      wait: async () => {
        const { activityId, workflowExecution } = Context.current().info;
        onStart.get(workflowExecution.workflowId)?.(activityId);
        onStart.delete(workflowExecution.workflowId);
        throw new CompleteAsyncError();
      },
      next: async (workflowId) => nextSteps.get(workflowId)?.(performance.now()),
    },
  });
  running = worker.run();
  api = await startApi();
  const client = createTemporalClient({ connection: { address: server.address }, namespace: 'default' });
  const sides = {
    http: (waiting) => post(waiting),
    bare: ({ workflowId, runId, activityId }) => client.activity.complete({ workflowId, runId, activityId }, output),
  };
  await rates(client, sides);
  await latencies(client, sides);
} finally {
  worker?.shutdown();
  await running;
  await connection?.close();
  await agent.close();
  await api?.stop();
  await server.stop();
}

async function rates(client, sides) {
  const rate = { http: [], bare: [] };
  const cpu = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? ['http', 'bare'] : ['bare', 'http']) {
      const before = api.cpuSeconds();
      const found = await measureRate(client, sides[name]);
      if (round < 0) continue;
      rate[name].push(found);
      if (name === 'http') cpu.push(((api.cpuSeconds() - before) / callbacks) * 1000);
    }
  }
  const ratios = rate.http.map((value, index) => value / rate.bare[index]);
  console.log(
    `${callbacks} callbacks, ${concurrency} at once: ${median(rate.http).toFixed(0)} completes/s over HTTP, ` +
      `${median(rate.bare).toFixed(0)} bare (medians of ${rounds})`,
  );
  console.log(`ratio ${median(ratios).toFixed(2)} (pairs from ${span(ratios)}; target at least 0.60)`);
  console.log(`CPU of the API: ${median(cpu).toFixed(2)} s for 1,000 completes`);
}

async function measureRate(client, complete) {
  const waiting = await startWaiting(client, callbacks);
  const queue = [...waiting];
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let one = queue.pop(); one !== undefined; one = queue.pop()) await complete(one);
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  await Promise.all(waiting.map(({ handle }) => handle.result()));
  return callbacks / seconds;
}

async function latencies(client, sides) {
  const ms = { http: [], bare: [] };
  for (let index = 0; index < samples; index += 1) {
    for (const name of index % 2 === 0 ? ['http', 'bare'] : ['bare', 'http']) {
      const [one] = await startWaiting(client, 1);
      const next = new Promise((resolve) => nextSteps.set(one.workflowId, resolve));
      const begin = performance.now();
      await sides[name](one);
      ms[name].push((await next) - begin);
      nextSteps.delete(one.workflowId);
      await one.handle.result();
    }
  }
  const p50 = { http: percentile(ms.http, 0.5), bare: percentile(ms.bare, 0.5) };
  for (const name of ['http', 'bare']) {
    console.log(
      `${name} → next step: p50 ${p50[name].toFixed(1)} ms, p95 ${percentile(ms[name], 0.95).toFixed(1)} ms (${samples} each)`,
    );
  }
  console.log(`ratio p50 ${(p50.http / p50.bare).toFixed(2)} (target at most 1.30)`);
}

/** Runs whose step waits for its callback, each with a token of its own. */
async function startWaiting(client, count) {
  const handles = await Promise.all(
    Array.from({ length: count }, () => {
      runs += 1;
      const workflowId = `callback-${runs}`;
      started.set(workflowId, new Promise((resolve) => onStart.set(workflowId, resolve)));
      return client.workflow.start('callback', { taskQueue: 'bench', workflowId });
    }),
  );
  return Promise.all(
    handles.map(async (handle) => {
      const { workflowId, firstExecutionRunId: runId } = handle;
      const activityId = await started.get(workflowId);
      started.delete(workflowId);
      const token = await sealToken(keyring, {
        namespace: 'default',
        workflowId,
        runId,
        activityId,
        attempt: 1,
        operations: ['complete'],
        expiresAt: Date.now() + 600_000,
        jti: newJti(),
      });
      return { handle, workflowId, runId, activityId, token };
    }),
  );
}

async function post({ token }) {
  const { statusCode, body } = await request(`${api.url}/v1/callbacks/${token}/complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ output }),
    dispatcher: agent,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`complete was answered with ${statusCode}: ${text}`);
}

async function startApi() {
  const port = await freePort();
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../dist/src/api/node.js')], {
    env: {
      ...process.env,
      ALMANAC_PORT: String(port),
      ALMANAC_CALLBACK_KEYS: ring,
      TEMPORAL_ADDRESS: server.address,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('the API ended before it was ready')));
  await Promise.race([once(child, 'message'), gone]);
  gone.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    cpuSeconds: () => cpuSeconds(child.pid),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** User and system time of a process so far, from /proc (in hundredths of a second); NaN where there is none. */
function cpuSeconds(pid) {
  try {
    const [, rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

function span(values) {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}
