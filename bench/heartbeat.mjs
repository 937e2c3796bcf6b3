// What progress costs in the hot loop: one `add` a line, with the timer that heartbeats it, in a real activity context; beside
// it the SDK's own heartbeat call. Target: at most 0.3 µs a call.
//   node bench/heartbeat.mjs [--calls 50000000] [--rounds 5]
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { withProgress } from '../dist/src/activities/heartbeat.js';
import { median, option } from './support.mjs';

const calls = option('calls', 50_000_000);
const rounds = option('rounds', 5);

const ours = [];
const sdk = [];
for (let round = 0; round < rounds; round += 1) {
  ours.push(await measure(addProgress, calls));
  sdk.push(await measure(heartbeat, calls / 100));
  console.log(
    `round ${round + 1} of ${rounds}: add ${ours.at(-1).toFixed(4)} µs, SDK heartbeat ${sdk.at(-1).toFixed(2)} µs`,
  );
}
console.log(
  `add ${median(ours).toFixed(4)} µs a call (target 0.3), the SDK's heartbeat without a worker behind it ${median(sdk).toFixed(2)} µs, ` +
    `ratio ${(median(ours) / median(sdk)).toFixed(4)} (medians of ${rounds})`,
);

/** Microseconds a call, inside an activity. */
async function measure(activity, count) {
  const environment = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 30_000 },
    { logger: new DefaultLogger('ERROR') },
  );
  const begin = performance.now();
  await environment.run(activity, count);
  return ((performance.now() - begin) * 1000) / count;
}

async function addProgress(count) {
  await withProgress('bytes', async (progress) => {
    const turn = 1_000_000;
    for (let done = 0; done < count; done += turn) {
      for (let call = 0; call < turn; call += 1) progress.add(call & 127);
      // As between two reads: the timer gets its turn.
      await new Promise(setImmediate);
    }
    if (progress.snapshot().done === 0) throw new Error('nothing was counted');
  });
}

async function heartbeat(count) {
  const context = Context.current();
  for (let call = 0; call < count; call += 1) context.heartbeat({ done: call, unit: 'bytes' });
}
