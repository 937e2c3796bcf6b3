import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { createS3Client } from '../../src/clients/s3.js';
import { cacheFolder } from '../../src/config.js';
import { searchAttributes } from '../../src/domain/temporal-names.js';
import { provideBinary, type Tool, temporalCli, versitygw } from '../../src/local/binaries/index.js';
import { createProgress } from '../../src/local/progress.js';
import { projectRoot } from '../../src/local/project-root.js';
import { openLog } from './run-logs.js';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    s3Endpoint: string;
  }
}

/** Starts the two real servers that every integration test shares, on free ports of 127.0.0.1. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(path.join(tmpdir(), 'almanac-test-'));
  const [temporal, s3] = [await binary(temporalCli), await binary(versitygw)];
  const [temporalPort, s3Port] = [await freePort(), await freePort()];
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const children = [
    spawn(
      temporal,
      [
        'server',
        'start-dev',
        '--headless',
        '--ip',
        '127.0.0.1',
        '--port',
        String(temporalPort),
        '--log-level',
        'warn',
        ...attributes,
      ],
      { stdio: serverOutput('temporal') },
    ),
    spawn(s3, ['--port', `127.0.0.1:${s3Port}`, '--quiet', '--keep-alive', 'posix', folder(path.join(home, 's3'))], {
      stdio: serverOutput('s3'),
      env: { ...process.env, ROOT_ACCESS_KEY: 'almanac', ROOT_SECRET_KEY: 'almanac-local' },
    }),
  ];
  process.env.AWS_ACCESS_KEY_ID = 'almanac';
  process.env.AWS_SECRET_ACCESS_KEY = 'almanac-local';
  const temporalAddress = `127.0.0.1:${temporalPort}`;
  const s3Endpoint = `http://127.0.0.1:${s3Port}`;
  await until('Temporal', async () => {
    const connection = await Connection.connect({ address: temporalAddress, connectTimeout: '1s' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
  });
  await until('S3', async () => {
    await createS3Client({ region: 'us-east-1', s3Endpoint }).send(new CreateBucketCommand({ Bucket: 'ready' }));
  });
  project.provide('temporalAddress', temporalAddress);
  project.provide('s3Endpoint', s3Endpoint);
  return async () => {
    await Promise.all(children.map(end));
    rmSync(home, { recursive: true, force: true });
  };
}

/** Standard output and error into the logs of the run, which are scanned at its end. */
function serverOutput(name: string): ['ignore', number, number] {
  const log = openLog(name);
  return ['ignore', log, log];
}

function binary(tool: Tool): Promise<string> {
  return provideBinary(tool, {
    env: process.env,
    cache: cacheFolder(),
    root: projectRoot(),
    progress: createProgress(),
    signal: new AbortController().signal,
  });
}

function folder(name: string): string {
  mkdirSync(name, { recursive: true });
  return name;
}

async function until(what: string, probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what} did not come up in 60 s`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
  });
}
