// Many small objects copied inside S3: an s3.copy step of a pipeline on a real worker against `s5cmd cp` and `rclone copy`, on
// the same server, in turns, each time to an empty prefix. Target: at least 0.9 of s5cmd.
//   node bench/copy.mjs [--objects 5000] [--rounds 5]
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import {
  compareInTurns,
  listed,
  peerEnvironment,
  peers,
  putSmallObjects,
  runPipeline,
  shell,
  startS3,
  startWorkerProcess,
} from './s3-support.mjs';
import { option, startTemporal, temporalBinary } from './support.mjs';

const objects = option('objects', 5000);
const rounds = option('rounds', 5);

const temporal = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const worker = startWorkerProcess(temporal.address, s3.endpoint);
const env = peerEnvironment(s3.endpoint);
const client = createTemporalClient({ connection: { address: temporal.address }, namespace: 'default' });
try {
  const rclone = peers.rclone();
  const s5cmd = peers.s5cmd();
  await putSmallObjects(s3.client, 'source', 'in/', objects);
  const expected = await listed(s3.client, 'source', 'in/');
  let runs = 0;
  const sides = { almanac: copy };
  if (s5cmd) {
    sides.s5cmd = (prefix) =>
      shell(`${s5cmd} --log error cp 's3://source/in/*' s3://target/${prefix}`, env).then(async (seconds) => {
        await same(prefix);
        return seconds;
      });
  }
  if (rclone) {
    sides.rclone = (prefix) =>
      shell(`${rclone} copy --transfers 64 --checkers 64 bench:source/in bench:target/${prefix}`, env);
  }
  const turns = Object.fromEntries(
    Object.entries(sides).map(([name, side]) => [
      name,
      () => {
        runs += 1;
        return side(`${name}-${runs}/`);
      },
    ]),
  );
  await compareInTurns({ title: `copy of ${objects} objects`, sides: turns, rounds, targets: { s5cmd: 0.9 } });
  console.log(`worker: ${worker.peakMegabytes().toFixed(0)} MB at most`);

  async function copy(prefix) {
    const step = {
      id: 'copy',
      uses: 's3.copy',
      with: { source: { bucket: 'source', prefix: 'in/' }, target: { bucket: 'target', prefix } },
    };
    const seconds = await runPipeline(client, step);
    await same(prefix);
    return seconds;
  }

  /** The same objects with the same ETags as the source's. */
  async function same(prefix) {
    const copied = await listed(s3.client, 'target', prefix);
    if (copied !== expected) throw new Error(`target/${prefix} does not hold what source/in/ does`);
  }
} finally {
  await client.connection.close();
  await worker.stop();
  await s3.stop();
  await temporal.stop();
}
