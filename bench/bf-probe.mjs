// 1,000 slots of a workflow that does nothing: our backfill against Temporal's own with allowAll, on the same server, worker and
// schedule, from the request to the end of the last run. Targets: at least 5 x the native rate, and never more than N running, by the
// server's own times. The native one starts ten runs a second whatever they do.
//   node bench/backfill.mjs [--slots 1000] [--concurrency 50] [--rounds 1]
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '/work/main/node_modules/@temporalio/client/lib/index.js';
import { Runtime } from '/work/main/node_modules/@temporalio/worker/lib/index.js';
import { createBackfillActivities } from '/work/main/dist/src/activities/backfill/index.js';
import { createTemporalClient } from '/work/main/dist/src/clients/temporal.js';
import { searchAttributes } from '/work/main/dist/src/domain/temporal-names.js';
import { createBackfillService } from '/work/main/dist/src/services/backfills/backfill-service.js';
import { createSlotRuns } from '/work/main/dist/src/services/backfills/slot-runs.js';
import { createWorker } from '/work/main/dist/src/worker/create-worker.js';
import { median, option, quietLogger, startTemporal, temporalBinary } from '/work/main/bench/support.mjs';
import { bundleOf, connectWorker } from '/work/main/bench/worker-support.mjs';

const slots = option('slots', 1_000);
const maxConcurrent = option('concurrency', 50);
const rounds = option('rounds', 1);
const minute = 60_000;
const namespace = 'default';

Runtime.install({ logger: quietLogger, shutdownSignals: [] });

const server = await startTemporal(await temporalBinary(), searchAttributes);
let worker;
let running;
let connection;
try {
  connection = await connectWorker(server.address);
  const client = createTemporalClient({ connection: { address: server.address }, namespace });
  worker = await createWorker({
    connection,
    namespace,
    taskQueue: 'bench',
    workflowBundle: await bundleOf({
      backfill: 'dist/src/workflows/backfill.js',
      noop: 'bench/workflows/noop.js',
    }),
    activities: createBackfillActivities({ slotRuns: createSlotRuns(client) }),
    dataConverter: {},
    concurrency: 100,
    shutdownGraceMs: 1_000,
    shutdownForceMs: 5_000,
  });
  running = worker.run();
  const backfills = createBackfillService({ client, taskQueue: 'bench', maxSlots: slots });
  const sides = {
    almanac: (handle, range) =>
      backfills.start(
        handle.scheduleId,
        { ...range, maxConcurrent, order: 'oldest', only: 'missing' },
        { createdBy: 'bench' },
      ),
  };
  const rates = { native: [1], almanac: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, begin] of Object.entries(sides)) {
      const { rate, most } = await measure(client, `${name}-${round}`, begin);
      rates[name].push(rate);
      console.log(`${name}: ${slots} slots at ${rate.toFixed(1)} a second, at most ${most} at once`);
      if (name === 'almanac' && most > maxConcurrent) throw new Error(`more than ${maxConcurrent} ran at once`);
    }
  }
  const ratio = median(rates.almanac) / median(rates.native);
  console.log(`almanac with ${maxConcurrent} at a time: ${ratio.toFixed(1)} x the native rate; target 5.0`);
} finally {
  worker?.shutdown();
  await running;
  await connection?.close();
  await server.stop();
}

/** A schedule that is paused and fired every minute: what runs is the backfill's. */
async function measure(client, scheduleId, begin) {
  const handle = await client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: minute }] },
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL },
    state: { paused: true },
    action: { type: 'startWorkflow', workflowType: 'noop', workflowId: scheduleId, taskQueue: 'bench' },
  });
  const end = new Date(Math.floor(Date.now() / minute) * minute);
  const start = new Date(end.getTime() - (slots - 1) * minute);
  const cpu0 = cpus();
  const begun = Date.now();
  await begin(handle, { start, end });
  const ours = `TemporalScheduledById = '${scheduleId}'`;
  // Seldom, as a count holds up the one database of the dev server; the rate is by the server's own times.
  for (;;) {
    const { count } = await client.workflow.count(`${ours} AND ExecutionStatus = 'Completed'`);
    if (count >= slots) break;
    await delay(1_000);
  }
  const cpu1 = cpus();
  for (const k in cpu1) console.log('  cpu', k, (cpu1[k]-cpu0[k]).toFixed(2));
  await delay(1500);
  for await (const w of client.workflow.list({ query: `WorkflowType='backfill'` })) {
    const h = await client.workflow.getHandle(w.workflowId, w.runId).fetchHistory();
    const c = {};
    for (const e of h.events) { const t = Object.keys(e).filter(k=>k.endsWith('Attributes')&&e[k])[0]; c[t]=(c[t]??0)+1; }
    console.log(w.workflowId, h.events.length, JSON.stringify(c));
  }
  const { most, lastClose } = await timesOf(client, ours);
  return { rate: slots / ((lastClose - begun) / 1000), most };
}

/** By the server's start and close times; a run that ends in the very millisecond in which another starts is no overlap. */
async function timesOf(client, query) {
  const changes = [];
  for await (const { startTime, closeTime } of client.workflow.list({ query })) {
    changes.push([startTime.getTime(), 1], [closeTime.getTime(), -1]);
  }
  if (changes.length !== 2 * slots) throw new Error(`${changes.length / 2} runs instead of ${slots}`);
  changes.sort(([a, one], [b, other]) => a - b || one - other);
  let most = 0;
  let open = 0;
  for (const [, change] of changes) {
    open += change;
    most = Math.max(most, open);
  }
  return { most, lastClose: changes.at(-1)?.[0] ?? 0 };
}

/** One bundle with both workflows. */

import fs from 'node:fs'; import {execSync} from 'node:child_process';
function cpus(){ const u=process.cpuUsage(); const pid=execSync('pgrep -P '+process.pid+' temporal').toString().trim().split('\n')[0];
 const f=fs.readFileSync(`/proc/${pid}/stat`,'utf8').split(') ')[1].split(' ');
 const l=fs.readFileSync('/proc/stat','utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
 return { node:(u.user+u.system)/1e6, server:(Number(f[11])+Number(f[12]))/100, idle:l[3]/100, wall: performance.now()/1000 }; }
