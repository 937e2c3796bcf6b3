// Apply and plan of many schedules against what else does it, on one Temporal dev server in memory, in turns.
//   apply of 1,000 new schedules (planned, written, read back) against `client.schedule.create` for each at the same concurrency,
//     with the same spec, input, memo and search attributes (`--bare`: without these). Which goes first changes from round to round,
//     each begins when the server is done with the one before, and the ratio is that of each round: a server slows down as it fills.
//     Target: at least 0.9 of its rate.
//   the same against one `temporal schedule create` process a schedule, one after the other as a script runs them and with as many
//     at once as apply has; a sample, its rate taken for the whole. Target: at least 5 times the rate of the script.
//   plan of 1,000 unchanged schedules against one paged `client.schedule.list` of them. Target: at most 1.5 of its time.
//   the same against describing each of them at apply's concurrency. Target: at least 4 times as fast.
//   node bench/apply.mjs [--schedules 1000] [--rounds 5] [--processes 50] [--plans 9] [--bare]
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { mapAtMost } from '../dist/src/services/plan/at-most.js';
import { createPlanService } from '../dist/src/services/plan/plan-service.js';
import { workflowArguments } from '../dist/src/services/schedules/schedule-proto.js';
import { createdBySdk, definitionsOf, settled } from './definitions.mjs';
import { median, option, seconds, startTemporal, temporalBinary } from './support.mjs';

const schedules = option('schedules', 1_000);
const rounds = option('rounds', 5);
const processes = option('processes', 50);
const plans = option('plans', 9);
/** As apply has it. */
const concurrency = 10;
const taskQueue = 'bench';
const bySdk = { taskQueue, concurrency, bare: process.argv.includes('--bare') };

const binary = await temporalBinary();
const server = await startTemporal(binary, searchAttributes);
const client = createTemporalClient({ connection: { address: server.address }, namespace: 'default' });
try {
  await client.connection.ensureConnected();
  await writes();
  await reads();
} finally {
  await client.connection.close();
  await server.stop();
}

async function writes() {
  const sides = {
    apply: applied,
    sdk: (name, count) => createdBySdk(client, bySdk, name, count),
  };
  const prefixes = { apply: '', sdk: 'sdk-' };
  const turn = async (side, name, count) => {
    const rate = await sides[side](name, count);
    await settled(client, `${prefixes[side]}${name}`, count);
    return rate;
  };
  // What runs for the first time is compiled on the way: a small turn of each does not count.
  await turn('apply', 'warm-up', 20);
  await turn('sdk', 'warm-up', 20);
  const rates = { apply: [], sdk: [], script: [], atOnce: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? ['apply', 'sdk'] : ['sdk', 'apply'];
    for (const side of order) rates[side].push(await turn(side, `round-${round}`, schedules));
    const [ours, theirs] = [rates.apply, rates.sdk].map((all) => all.at(-1));
    console.log(
      `round ${round}: apply ${perSecond(ours)}, client.schedule.create ${perSecond(theirs)}; ratio ${(ours / theirs).toFixed(2)}`,
    );
    rates.script.push(await spawned(`script-${round}`, 1));
    rates.atOnce.push(await spawned(`at-once-${round}`, concurrency));
  }
  const ratios = rates.apply.map((rate, round) => rate / rates.sdk[round]);
  const [apply, sdk, script, atOnce] = Object.values(rates).map(median);
  console.log(
    `${schedules} new schedules, ${concurrency} at once, medians of ${rounds}: apply ${perSecond(apply)}, client.schedule.create ` +
      `${perSecond(sdk)}; ratio ${median(ratios).toFixed(2)} (target 0.9)`,
  );
  console.log(
    `one \`temporal schedule create\` process each, by samples of ${processes}: ${perSecond(script)} one after the other, ratio ` +
      `${(apply / script).toFixed(1)} (target 5); ${perSecond(atOnce)} with ${concurrency} at once, ratio ${(apply / atOnce).toFixed(1)}`,
  );
}

/** Schedules a second of one apply. */
async function applied(owner, count) {
  const definitions = definitionsOf(owner, count);
  const service = createPlanService({ client, taskQueue, owner });
  const begin = performance.now();
  const { summary, changes } = await service.apply(definitions);
  const rate = count / seconds(begin);
  const faults = changes.flatMap(({ error }) => (error === undefined ? [] : [error.detail]));
  if (summary.create !== count || faults.length > 0) throw new Error(`apply of ${count}: ${faults.join('; ')}`);
  return rate;
}

/** Schedules a second of a process for each. */
async function spawned(name, atOnce) {
  const run = promisify(execFile);
  const definitions = definitionsOf(`cli-${name}`, processes);
  const begin = performance.now();
  await mapAtMost(atOnce, definitions, ({ id, spec, ...definition }) =>
    run(binary, [
      ...['schedule', 'create', '--address', server.address, '--schedule-id', id, '--workflow-id', id],
      ...['--type', 'pipeline', '--task-queue', taskQueue, '--cron', spec.cron[0], '--time-zone', spec.timezone],
      ...['--catchup-window', '10m', '--input', JSON.stringify(workflowArguments({ id, spec, ...definition })[0])],
      ...['--memo', `definition=${JSON.stringify({ id, spec, ...definition })}`],
    ]),
  );
  return processes / seconds(begin);
}

async function reads() {
  // The schedules of the first round, as they are.
  const owner = 'round-1';
  const definitions = definitionsOf(owner, schedules);
  const service = createPlanService({ client, taskQueue, owner });
  const turns = {
    plan: async () => {
      const { summary } = await service.plan(definitions);
      if (summary.noOp !== schedules) throw new Error(`plan: ${JSON.stringify(summary)}`);
    },
    list: async () => {
      let count = 0;
      const listed = client.schedule.list({ pageSize: 1_000, query: `AlmanacOwner = '${owner}'` });
      for await (const _ of listed) count += 1;
      if (count !== schedules) throw new Error(`list: ${count}`);
    },
    describe: () => mapAtMost(concurrency, definitions, ({ id }) => client.schedule.getHandle(id).describe()),
  };
  const times = { plan: [], list: [], describe: [] };
  for (let turn = -2; turn < plans; turn += 1) {
    for (const [name, act] of Object.entries(turns)) {
      // Describing takes long and differs little.
      if (name === 'describe' && turn % 3 !== 0) continue;
      const begin = performance.now();
      await act();
      if (turn >= 0) times[name].push(seconds(begin) * 1000);
    }
  }
  const [plan, list, describe] = Object.values(times).map(median);
  console.log(
    `no-op plan of ${schedules}: ${plan.toFixed(0)} ms; client.schedule.list ${list.toFixed(0)} ms, ratio ${(plan / list).toFixed(2)} ` +
      `(target at most 1.5); describing each, ${concurrency} at once, ${describe.toFixed(0)} ms, ${(describe / plan).toFixed(1)} times (target 4)`,
  );
}

function perSecond(rate) {
  return `${rate.toFixed(0)}/s`;
}
