import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { cacheFolder } from '../../../src/config.js';

const version = '1.5.33';

/** An AWS that nobody here wrote: CloudFormation, Lambda, API Gateway, S3, Secrets Manager and the rest on one port of 127.0.0.1. */
export interface MiniStack {
  url: string;
  /** Environment of whoever is to take it for AWS. */
  env: Record<string, string>;
  /** Its log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A virtual environment with the pinned release from PyPI; one that was cut off in the middle is not taken for whole. */
function installed(): string {
  const folder = path.join(cacheFolder(), `ministack-${version}`);
  const program = path.join(folder, 'bin', 'ministack');
  if (existsSync(path.join(folder, 'complete'))) return program;
  rmSync(folder, { recursive: true, force: true });
  const stdio: ['ignore', 'ignore', 'inherit'] = ['ignore', 'ignore', 'inherit'];
  execFileSync('python3', ['-m', 'venv', folder], { stdio });
  const quiet = ['--quiet', '--disable-pip-version-check'];
  execFileSync(path.join(folder, 'bin', 'pip'), ['install', ...quiet, `ministack[full]==${version}`], { stdio });
  writeFileSync(path.join(folder, 'complete'), '');
  return program;
}

export async function startMiniStack(): Promise<MiniStack> {
  const program = installed();
  const home = mkdtempSync(path.join(tmpdir(), 'almanac-aws-'));
  for (const name of ['s3', 'state', 'tmp']) mkdirSync(path.join(home, name));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = path.join(home, 'log');
  const output = openSync(logFile, 'a');
  const env = {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(program, [], {
    stdio: ['ignore', output, output],
    // A group of its own: its Lambdas are processes, which end with it.
    detached: true,
    env: {
      PATH: process.env.PATH,
      ...env,
      // A Lambda that finds no SDK would hang the stack.
      NODE_PATH: path.resolve('node_modules'),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // In the addresses of APIs, where a name before an IP address would be no URL.
      MINISTACK_HOST: 'localhost',
      IOT_MTLS_ENABLED: '0',
      S3_DATA_DIR: path.join(home, 's3'),
      STATE_DIR: path.join(home, 'state'),
      TMPDIR: path.join(home, 'tmp'),
      HOME: home,
    },
  });
  closeSync(output);
  const log = () => readFileSync(logFile, 'utf8');
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const deadline = Date.now() + 60_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`MiniStack did not come up:\n${log()}`);
    await sleep(200);
  }
  return {
    url,
    env,
    log,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
