// A pipeline of 20 no-op steps against a bare workflow that runs 20 no-op activities in sequence: same server, same worker,
// 50 runs at once, in turns. The activity is the no-op on both sides (the step kind `http.request` of this worker does nothing),
// so what differs is the pipeline itself. Target: at least 0.8 of the bare rate. A third side has an expression in every step.
//   node bench/step.mjs [--runs 50] [--steps 20] [--rounds 5]
import { Runtime } from '@temporalio/worker';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { createWorker } from '../dist/src/worker/create-worker.js';
import { median, option, quietLogger, startTemporal, temporalBinary } from './support.mjs';
import { bundleOf, connectWorker } from './worker-support.mjs';

const runs = option('runs', 50);
const steps = option('steps', 20);
const rounds = option('rounds', 5);
let measured = 0;

Runtime.install({ logger: quietLogger, shutdownSignals: [] });

const server = await startTemporal(await temporalBinary(), searchAttributes);
let worker;
let running;
let connection;
try {
  connection = await connectWorker(server.address);
  worker = await createWorker({
    connection,
    namespace: 'default',
    taskQueue: 'bench',
    workflowBundle: await bundleOf({
      pipeline: 'dist/src/workflows/pipeline.js',
      bare: 'bench/workflows/bare.js',
    }),
    activities: { 'http.request': async () => ({ status: 200, headers: {}, body: null }) },
    dataConverter: {},
    concurrency: 100,
    shutdownGraceMs: 1_000,
    shutdownForceMs: 5_000,
  });
  running = worker.run();
  const client = createTemporalClient({ connection: { address: server.address }, namespace: 'default' });
  const sides = {
    pipeline: ['pipeline', pipelineInput(false)],
    bare: ['bare', steps],
    'pipeline with an expression a step': ['pipeline', pipelineInput(true)],
  };
  const names = Object.keys(sides);
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await measure(client, ...sides[name]);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      rates[name].push(await measure(client, ...sides[name]));
    }
    console.log(
      `round ${round + 1} of ${rounds}: ${names.map((name) => `${name} ${rates[name].at(-1).toFixed(0)}`).join(', ')} steps/s`,
    );
  }
  console.log(`${runs} runs of ${steps} steps at once, medians of ${rounds}:`);
  for (const name of names) {
    const ratios = rates[name].map((rate, index) => rate / rates.bare[index]);
    const range = `pairs from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    const target = name === 'pipeline' ? '; target 0.80' : '';
    console.log(
      `${name}: ${median(rates[name]).toFixed(0)} steps/s, ratio ${median(ratios).toFixed(2)} (${range}${target})`,
    );
  }
} finally {
  worker?.shutdown();
  await running;
  await connection?.close();
  await server.stop();
}

async function measure(client, workflow, argument) {
  measured += 1;
  const round = measured;
  const begin = performance.now();
  const handles = await Promise.all(
    Array.from({ length: runs }, (_, index) =>
      client.workflow.start(workflow, {
        taskQueue: 'bench',
        workflowId: `${workflow}-${round}-${index}`,
        args: [argument],
      }),
    ),
  );
  await Promise.all(handles.map((handle) => handle.result()));
  return (runs * steps) / ((performance.now() - begin) / 1000);
}

function pipelineInput(expressions) {
  return {
    scheduleId: 'bench',
    timezone: 'UTC',
    input: { host: 'example.com' },
    steps: Array.from({ length: steps }, (_, index) => ({
      id: `step${index}`,
      uses: 'http.request',
      with: { url: expressions ? "{% 'https://' & $input.host & '/' %}" : 'https://example.com/', method: 'GET' },
    })),
  };
}

/** One bundle with both workflows, so that both run in the very same worker. */
