// How soon the first step runs after a schedule fires, and how soon a warm `npm start` is ready.
//   fire → first step: the platform's own schedules of one step, against a bare Temporal schedule whose workflow runs one no-op
//     activity on the same server; nominal time to ActivityTaskStarted, from the histories.
//   ready: `node dist/src/local/main.js` on a home that was started before, against the bare Temporal dev server and S3 server
//     until each answers.
//   node bench/start.mjs [--fires 30] [--starts 5]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { provideBinary, versitygw } from '../dist/src/local/binaries/index.js';
import { bundleEntry } from '../dist/src/worker/workflow-bundle.js';
import { freePort, median, option, percentile, provideOptions, quietLogger, temporalBinary } from './support.mjs';

const fires = option('fires', 30);
const starts = option('starts', 5);
const root = path.resolve(import.meta.dirname, '..');
const home = mkdtempSync(path.join(tmpdir(), 'almanac-bench-'));
const ports = {
  ALMANAC_PORT: await freePort(),
  ALMANAC_TEMPORAL_PORT: await freePort(),
  ALMANAC_S3_PORT: await freePort(),
  ALMANAC_SES_PORT: await freePort(),
};
const address = `127.0.0.1:${ports.ALMANAC_TEMPORAL_PORT}`;

Runtime.install({ logger: quietLogger, shutdownSignals: [] });

try {
  await (await startPlatform()).stop();
  const platformReady = [];
  const serversReady = [];
  for (let index = 0; index < starts; index += 1) {
    const platform = await startPlatform();
    platformReady.push(platform.seconds);
    await platform.stop();
    serversReady.push(await bareServers());
  }
  const ratio = median(platformReady) / median(serversReady);
  console.log(
    `warm start: platform ready in ${median(platformReady).toFixed(1)} s, the bare Temporal and S3 servers answer in ` +
      `${median(serversReady).toFixed(1)} s (medians of ${starts}); ratio ${ratio.toFixed(2)}`,
  );
  const platform = await startPlatform();
  try {
    const { almanac, bare } = await fireLatencies();
    for (const [name, values] of Object.entries({ almanac, bare })) {
      console.log(
        `${name}: fire → first step started p50 ${percentile(values, 0.5)} ms, p95 ${percentile(values, 0.95)} ms (${values.length} fires)`,
      );
    }
    console.log(`ratio p50 ${(percentile(almanac, 0.5) / percentile(bare, 0.5)).toFixed(2)}`);
  } finally {
    await platform.stop();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function startPlatform() {
  const begin = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'dist/src/local/main.js')], {
    cwd: root,
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(ports).map(([k, v]) => [k, String(v)])),
      ALMANAC_HOME: home,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Almanac is ready')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the platform ended with ${code}:\n${output}`)));
  });
  return {
    seconds: (performance.now() - begin) / 1000,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Seconds until both servers answer, with the platform's data and nothing else around them. */
async function bareServers() {
  const binaries = [await temporalBinary(), await provideBinary(versitygw, provideOptions())];
  const begin = performance.now();
  const children = [
    spawn(
      binaries[0],
      [
        'server',
        'start-dev',
        '--ip',
        '127.0.0.1',
        '--port',
        String(ports.ALMANAC_TEMPORAL_PORT),
        '--headless',
        '--db-filename',
        path.join(home, 'temporal.db'),
        '--log-level',
        'error',
      ],
      { stdio: 'ignore' },
    ),
    spawn(
      binaries[1],
      ['--port', `127.0.0.1:${ports.ALMANAC_S3_PORT}`, '--quiet', '--keep-alive', 'posix', path.join(home, 's3')],
      {
        stdio: 'ignore',
        env: { ...process.env, ROOT_ACCESS_KEY: 'almanac', ROOT_SECRET_KEY: 'almanac-local' },
      },
    ),
  ];
  const client = createTemporalClient({ connection: { address }, namespace: 'default' });
  await until(() =>
    client.withDeadline(Date.now() + 500, () => client.workflowService.describeNamespace({ namespace: 'default' })),
  );
  await until(() => fetch(`http://127.0.0.1:${ports.ALMANAC_S3_PORT}/`));
  const seconds = (performance.now() - begin) / 1000;
  await client.connection.close();
  await Promise.all(
    children.map((child) => {
      child.kill('SIGTERM');
      return once(child, 'exit');
    }),
  );
  return seconds;
}

/** Both schedules fire every second on the same server until each has enough runs. */
async function fireLatencies() {
  const key = readFileSync(path.join(home, 'admin.key'), 'utf8').trim();
  const api = `http://127.0.0.1:${ports.ALMANAC_PORT}/v1/schedules/bench-start`;
  const request = (method, body) =>
    fetch(api, { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body });
  const client = createTemporalClient({ connection: { address }, namespace: 'default' });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: 'bench-bare',
    workflowBundle: await bareBundle(),
    activities: { 'http.request': async () => null },
  });
  const running = worker.run();
  const definition = {
    id: 'bench-start',
    spec: { intervals: [{ every: '1s' }] },
    policies: { overlap: 'allowAll' },
    action: {
      steps: [
        {
          id: 'list',
          uses: 's3.copy',
          with: {
            source: { bucket: 'almanac-samples', prefix: 'nothing-there/' },
            target: { bucket: 'almanac-results', prefix: 'bench/' },
          },
        },
      ],
    },
  };
  const response = await request('PUT', JSON.stringify(definition));
  if (!response.ok) throw new Error(`PUT bench-start: ${response.status} ${await response.text()}`);
  const bare = await client.schedule.create({
    scheduleId: 'bench-bare',
    spec: { intervals: [{ every: '1s' }] },
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    action: {
      type: 'startWorkflow',
      workflowType: 'bare',
      workflowId: 'bench-bare',
      taskQueue: 'bench-bare',
      args: [1],
    },
  });
  await delay((fires + 5) * 1000);
  await request('DELETE');
  await bare.delete();
  const found = {
    almanac: await latencies(client, 'pipeline', 'bench-start'),
    bare: await latencies(client, 'bare', 'bench-bare'),
  };
  worker.shutdown();
  await running;
  await connection.close();
  await client.connection.close();
  return found;
}

/** Milliseconds from the nominal time to the start of the first activity; the first two fires are warm-up. */
async function latencies(client, type, prefix) {
  const values = [];
  const query = `WorkflowType = "${type}" AND WorkflowId STARTS_WITH "${prefix}-" AND ExecutionStatus = "Completed"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const nominal = Date.parse(workflowId.slice(prefix.length + 1));
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const started = events.find((event) => event.activityTaskStartedEventAttributes)?.eventTime;
    values.push([nominal, Number(started.seconds) * 1000 + started.nanos / 1e6 - nominal]);
  }
  return values
    .sort(([a], [b]) => a - b)
    .slice(2, 2 + fires)
    .map(([, ms]) => Math.round(ms));
}

async function bareBundle() {
  const cache = path.join(root, 'node_modules/.cache/almanac');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'bench-'));
  try {
    const entry = path.join(folder, 'entry.js');
    writeFileSync(entry, `export { bare } from ${JSON.stringify(path.join(root, 'bench/workflows/bare.js'))};\n`);
    return await bundleEntry(entry);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function until(probe) {
  for (;;) {
    try {
      return await probe();
    } catch {
      await delay(50);
    }
  }
}
