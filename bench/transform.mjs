// One large object of NDJSON filtered to one line in five, S3 to S3, plain and gzip: an s3.transform step of a pipeline on a
// real worker against `rclone cat | grep | rclone rcat` and the same with s5cmd, on the same server, in turns.
// Target: at least 0.85 of the best of them, and no more than 250 MB in the worker.
//   node bench/transform.mjs [--mb 1024] [--rounds 3]
import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { peer, peerEnvironment, peers, shell, startS3, startWorkerProcess } from './s3-support.mjs';
import { median, option, startTemporal, temporalBinary } from './support.mjs';

const megabytes = option('mb', 1024);
const rounds = option('rounds', 3);
const literal = '"level":"error"';

const temporal = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const worker = startWorkerProcess(temporal.address, s3.endpoint);
const env = peerEnvironment(s3.endpoint);
const client = createTemporalClient({ connection: { address: temporal.address }, namespace: 'default' });
let runs = 0;
try {
  const rclone = peers.rclone();
  const s5cmd = peers.s5cmd();
  const pigz = peer('pigz', 'on Debian: apt-get install pigz; gzip, which uses one core, takes its place');
  const compress = pigz === undefined ? 'gzip -6' : `${pigz} -6`;
  await upload('big.ndjson', Readable.from(ndjson()));
  await upload('big.ndjson.gz', Readable.from(ndjson()).pipe(createGzip({ level: 6 })));
  for (const [kind, key, filter] of [
    ['plain', 'big.ndjson', `grep -F '${literal}'`],
    ['gzip', 'big.ndjson.gz', `gzip -dc | grep -F '${literal}' | ${compress}`],
  ]) {
    const sides = { almanac: () => transform(key) };
    if (rclone)
      sides.rclone = () =>
        shell(`${rclone} cat bench:source/${key} | ${filter} | ${rclone} rcat bench:target/rclone/${key}`, env);
    if (s5cmd)
      sides.s5cmd = () =>
        shell(`${s5cmd} cat s3://source/${key} | ${filter} | ${s5cmd} pipe s3://target/s5cmd/${key}`, env);
    await compare(kind, key, sides);
    console.log(`worker so far: ${worker.peakMegabytes().toFixed(0)} MB at most (target 250)`);
  }
} finally {
  await client.connection.close();
  await worker.stop();
  await s3.stop();
  await temporal.stop();
}

async function compare(kind, key, sides) {
  const names = Object.keys(sides);
  const seconds = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) seconds[name].push(await sides[name]());
    const rates = names.map((name) => `${name} ${(megabytes / seconds[name].at(-1)).toFixed(0)}`);
    console.log(`${kind}, round ${round + 1} of ${rounds}, MB/s of content: ${rates.join(', ')}`);
  }
  const [ours, ...theirs] = await Promise.all(names.map((name) => digest(`${name}/${key}`)));
  if (theirs.some((sum) => sum !== ours)) throw new Error(`${kind}: the outputs differ`);
  const best = names.slice(1).sort((a, b) => median(seconds[a]) - median(seconds[b]))[0];
  if (best === undefined) return;
  const ratios = seconds.almanac.map((value, index) => seconds[best][index] / value);
  console.log(
    `${kind}: almanac ${(megabytes / median(seconds.almanac)).toFixed(0)} MB/s, best of the others ${best} ` +
      `${(megabytes / median(seconds[best])).toFixed(0)} MB/s, ratio ${median(ratios).toFixed(2)} ` +
      `(pairs from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}; target 0.85); same content`,
  );
}

async function transform(key) {
  runs += 1;
  const step = {
    id: 'filter',
    uses: 's3.transform',
    with: {
      source: { bucket: 'source', keys: [key] },
      target: { bucket: 'target', prefix: 'almanac/' },
      keep: literal,
    },
  };
  // Not what an earlier round wrote: that would be taken over.
  await s3.client.send(new DeleteObjectCommand({ Bucket: 'target', Key: `almanac/${key}` }));
  const begin = performance.now();
  const handle = await client.workflow.start('pipeline', {
    taskQueue: 'bench',
    workflowId: `transform-${runs}`,
    args: [{ scheduleId: 'bench', timezone: 'UTC', input: {}, steps: [step] }],
  });
  await handle.result();
  return (performance.now() - begin) / 1000;
}

/** Lines of some 180 bytes, one in five with the level that is kept. */
function* ndjson() {
  const levels = ['info', 'debug', 'error', 'warn', 'trace'];
  let line = 0;
  for (let left = megabytes * 1e6; left > 0; ) {
    let block = '';
    while (block.length < 1_000_000) {
      const id = (Math.imul(line, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
      block += `{"time":"2026-11-${10 + (line % 20)}T0${line % 10}:15:27.${100 + (line % 900)}Z","level":"${levels[line % 5]}",`;
      block += `"request":"${id}${line}","path":"/v1/orders/${line % 7919}","ms":${line % 997},"user":"u${id.slice(2)}","status":200}\n`;
      line += 1;
    }
    left -= block.length;
    yield Buffer.from(block);
  }
}

async function upload(Key, content) {
  const Body = content.pipe(new PassThrough());
  await new Upload({ client: s3.client, params: { Bucket: 'source', Key, Body }, partSize: 32e6 }).done();
}

/** Of the content, decompressed: gzip has many right answers. */
async function digest(key) {
  const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: 'target', Key: key }));
  const hash = createHash('sha256');
  const content = key.endsWith('.gz') ? Body.pipe(createGunzip()) : Body;
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}
