import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { createS3Client } from '../dist/src/clients/s3.js';
import { provideBinary, versitygw } from '../dist/src/local/binaries/index.js';
import { workerNodeFlags } from '../dist/src/worker-node-flags.js';
import { freePort, median, provideOptions } from './support.mjs';

/** What the benches of the S3 steps share. */

const credentials = { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' };

/** The S3 server of the local platform on a free port, over a folder that is gone at the end. */
export async function startS3() {
  const binary = await provideBinary(versitygw, provideOptions());
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bench-'));
  const data = path.join(folder, 's3');
  mkdirSync(data);
  const port = await freePort();
  const child = spawn(binary, ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', data], {
    stdio: 'ignore',
    env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
  });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    NODE_NO_WARNINGS: '1',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = createS3Client({ region: 'us-east-1', s3Endpoint: endpoint });
  for (const Bucket of ['source', 'target']) await created(client, Bucket);
  return {
    endpoint,
    client,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function created(client, Bucket) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await client.send(new CreateBucketCommand({ Bucket }));
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    }
  }
}

/** Tools to compare with: their path, or undefined after a line that says how to get them. */
export function peer(name, howToGet) {
  const override = process.env[name.toUpperCase()];
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = override ?? folders.map((folder) => path.join(folder, name)).find(isExecutable);
  if (found === undefined) console.log(`${name} is not here and so not compared with; ${howToGet}`);
  return found;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const peers = {
  rclone: () => peer('rclone', 'on Debian: apt-get install rclone'),
  s5cmd: () =>
    peer(
      's5cmd',
      'cd tools/s5cmd && go build -o FOLDER github.com/peak/s5cmd/v2, and FOLDER on PATH or S5CMD=FOLDER/s5cmd',
    ),
};

/** Environment in which `rclone` finds the server as `bench:`. */
export function peerEnvironment(endpoint) {
  // rclone of Debian can't take a CA bundle from the environment, and the server here speaks plain HTTP.
  const { AWS_CA_BUNDLE, ...env } = process.env;
  return {
    ...env,
    LC_ALL: 'C',
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_CONFIG_BENCH_REGION: 'us-east-1',
    S3_ENDPOINT_URL: endpoint,
  };
}

/** Runs a line of shell; every command of a pipe has to succeed. Gives the seconds it took. */
export async function shell(line, env) {
  const begin = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; ${line}`], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`exit code ${code}: ${line}`);
  return (performance.now() - begin) / 1000;
}

/** A real worker in a process of its own. */
export function startWorkerProcess(temporalAddress, endpoint, env = {}) {
  const child = spawn(
    process.execPath,
    [...workerNodeFlags, path.resolve(import.meta.dirname, '../dist/src/worker/main.js')],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: temporalAddress,
        AWS_ENDPOINT_URL_S3: endpoint,
        ALMANAC_TASK_QUEUE: 'bench',
        ALMANAC_LOG_LEVEL: 'error',
        ...env,
      },
    },
  );
  return {
    pid: child.pid,
    /** The most memory it has had, in MB (Linux). */
    peakMegabytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Objects of 4 to 64 KiB of NDJSON, their sizes spread evenly; the same ones each time. */
export async function putSmallObjects(client, Bucket, prefix, count) {
  const line = (number) => `{"id":${number},"path":"/v1/orders/${number % 7919}","status":200}\n`;
  const text = Buffer.from(Array.from({ length: 4000 }, (_, number) => line(number)).join(''));
  let next = 0;
  const put = async () => {
    while (next < count) {
      const number = next++;
      const size = 4096 + ((number * 7919) % (60 * 1024 + 1));
      const start = (number * 104_729) % (text.length - size);
      const Key = `${prefix}${String(number % 100).padStart(2, '0')}/${String(number).padStart(6, '0')}.ndjson`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: text.subarray(start, start + size) }));
    }
  };
  await Promise.all(Array.from({ length: 32 }, put));
}

/** What lies below a prefix, as a text: names, sizes and ETags in key order. */
export async function listed(client, Bucket, Prefix) {
  const lines = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    for (const { Key, Size, ETag } of Contents) lines.push(`${Key.slice(Prefix.length)} ${Size} ${ETag}`);
  }
  return lines.join('\n');
}

let runs = 0;

/** Runs a pipeline of one step; gives the seconds from start to result. */
export async function runPipeline(client, step) {
  runs += 1;
  const begin = performance.now();
  const handle = await client.workflow.start('pipeline', {
    taskQueue: 'bench',
    workflowId: `bench-${runs}`,
    args: [{ scheduleId: 'bench', timezone: 'UTC', input: {}, steps: [step] }],
  });
  await handle.result();
  return (performance.now() - begin) / 1000;
}

/**
 * Runs each side once a round, in turns, after one round that does not count, and says how many times as fast as each of the
 * others the first side is: the median over the rounds, whose two runs stood side by side.
 * @param targets least ratio by side.
 */
export async function compareInTurns({ title, sides, rounds, targets }) {
  const [ours, ...others] = Object.keys(sides);
  const names = [ours, ...others];
  for (const name of names) await sides[name]();
  const seconds = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) seconds[name].push(await sides[name]());
    const times = names.map((name) => `${name} ${seconds[name].at(-1).toFixed(2)} s`);
    console.log(`${title}, round ${round + 1} of ${rounds}: ${times.join(', ')}`);
  }
  for (const name of others) {
    const ratios = seconds[ours].map((value, round) => seconds[name][round] / value);
    const target = targets[name] === undefined ? '' : `; target ${targets[name]}`;
    console.log(
      `${title}: ${ours} ${median(seconds[ours]).toFixed(2)} s, ${name} ${median(seconds[name]).toFixed(2)} s, ratio ` +
        `${median(ratios).toFixed(2)} (pairs from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}${target})`,
    );
  }
}
