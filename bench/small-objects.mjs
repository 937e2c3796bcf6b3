// Many small objects read: size, lines and SHA-256 of each in one list. An s3.inspect step of a pipeline on a real worker
// against `s5cmd cp` to a folder with sha256sum and wc over it, and against `rclone hashsum sha256 --download`, which counts no
// lines, on the same server, in turns. Targets: at least 1.3 of s5cmd, 1.1 of rclone.
//   node bench/small-objects.mjs [--objects 5000] [--rounds 5]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import {
  compareInTurns,
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
/** Where the peers write; its content is the page cache's. */
const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bench-'));

const temporal = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const worker = startWorkerProcess(temporal.address, s3.endpoint);
const env = peerEnvironment(s3.endpoint);
const client = createTemporalClient({ connection: { address: temporal.address }, namespace: 'default' });
try {
  const rclone = peers.rclone();
  const s5cmd = peers.s5cmd();
  await putSmallObjects(s3.client, 'source', 'in/', objects);
  const sides = { almanac: inspect };
  const download = path.join(folder, 's5cmd');
  const files = `cd ${download} && find . -type f -print0`;
  if (s5cmd) {
    sides.s5cmd = () =>
      inEmptyFolder(download, async () => {
        const copy = `${s5cmd} --log error --numworkers 64 cp 's3://source/in/*' ${download}/`;
        const sums = `${files} | xargs -0 -n 500 -P 2 sha256sum > ${folder}/s5cmd.sums`;
        const lines = `${files} | xargs -0 -n 500 wc -l > ${folder}/s5cmd.lines`;
        return shell(`${copy}; (${sums}) & (${lines}); wait`, env);
      });
  }
  if (rclone) {
    const tuning = '--checkers 32 --transfers 32';
    sides.rclone = () =>
      shell(`${rclone} hashsum sha256 --download ${tuning} bench:source/in > ${folder}/rclone.sums`, env);
  }
  await compareInTurns({
    title: `${objects} small objects`,
    sides,
    rounds,
    targets: { s5cmd: 1.3, rclone: 1.1 },
  });
  await verify(Object.keys(sides).filter((name) => name !== 'almanac'));
  console.log(`worker: ${worker.peakMegabytes().toFixed(0)} MB at most`);
} finally {
  await client.connection.close();
  await worker.stop();
  await s3.stop();
  await temporal.stop();
  rmSync(folder, { recursive: true, force: true });
}

function inspect() {
  return runPipeline(client, {
    id: 'inspect',
    uses: 's3.inspect',
    with: { source: { bucket: 'source', prefix: 'in/' }, target: { bucket: 'target', key: 'manifest.ndjson' } },
  });
}

async function inEmptyFolder(name, work) {
  rmSync(name, { recursive: true, force: true });
  await shell(`mkdir -p ${name}`, env);
  return work();
}

/** Whoever hashed must have found the same as the list. */
async function verify(others) {
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: 'target', Key: 'manifest.ndjson' }));
  const text = await Body.transformToString();
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ours = new Map(records.map(({ key, sha256, lines }) => [key.slice('in/'.length), { sha256, lines }]));
  if (ours.size !== objects) throw new Error(`the manifest has ${ours.size} objects`);
  for (const name of others) {
    const theirs = readFileSync(path.join(folder, `${name}.sums`), 'utf8')
      .trimEnd()
      .split('\n');
    const same = theirs.filter((line) => {
      const [sha256, file] = line.split(/ [ *]/);
      return ours.get(file.replace(/^\.\//, ''))?.sha256 === sha256;
    });
    if (same.length !== objects) throw new Error(`${name}: ${same.length} of ${objects} sums are the manifest's`);
  }
  if (!others.includes('s5cmd')) return;
  for (const line of readFileSync(path.join(folder, 's5cmd.lines'), 'utf8').trimEnd().split('\n')) {
    const [, feeds, file] = /^\s*(\d+) (.+)$/.exec(line);
    const lines = ours.get(file.replace(/^\.\//, ''))?.lines;
    // wc counts line feeds; most of the objects end in the middle of a line.
    if (file !== 'total' && lines !== Number(feeds) && lines !== Number(feeds) + 1) throw new Error(`lines: ${line}`);
  }
  console.log(`the same sums and lines`);
}
