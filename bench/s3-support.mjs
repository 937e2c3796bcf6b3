import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { createS3Client } from '../dist/src/clients/s3.js';
import { provideBinary, versitygw } from '../dist/src/local/binaries/index.js';
import { freePort, provideOptions } from './support.mjs';

/** What the benches of the S3 steps share. */

const credentials = { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' };

/** The S3 server of the local platform on a free port, over a folder that is gone at the end. */
export async function startS3() {
  const binary = await provideBinary(versitygw, provideOptions());
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bench-'));
  const data = path.join(folder, 's3');
  mkdirSync(data);
  const port = await freePort();
  const child = spawn(binary, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', data], {
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
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../dist/src/worker/main.js')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: temporalAddress,
      AWS_ENDPOINT_URL_S3: endpoint,
      ALMANAC_TASK_QUEUE: 'bench',
      ALMANAC_LOG_LEVEL: 'error',
      ...env,
    },
  });
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
