import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLambdas } from '../../scripts/build-lambdas.mjs';

export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A shipped bundle in a process of its own. */
export interface LambdaProcess {
  /** Calls the handler with an event of an HTTP API. Rejects with what the handler threw. */
  call(
    method: string,
    path: string,
    more?: { headers?: Record<string, string>; body?: unknown },
  ): Promise<LambdaResult>;
  /** As Lambda does between two calls: the process does not run at all. */
  freeze(): void;
  thaw(): void;
  /** Standard output and error so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Bundles as they are shipped, without a code cache, in a folder that `remove` takes away. */
export async function buildForTest(names: string[]): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-lambda-'));
  await buildLambdas({ out: folder, names, node: null });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const runner = fileURLToPath(new URL('./lambda-runner.cjs', import.meta.url));

/** @param env the whole environment besides PATH */
export async function startLambda(folder: string, env: Record<string, string>): Promise<LambdaProcess> {
  const child = fork(runner, [path.join(folder, 'index.js')], {
    env: { PATH: process.env.PATH, ALMANAC_LOG_LEVEL: 'info', TEMPORAL_CONFIG_FILE: '/there/is/no/such.toml', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await answerTo(child, 'loaded');
  let calls = 0;
  return {
    async call(method, rawPath, { headers = {}, body } = {}) {
      calls += 1;
      const id = calls;
      const answered = answerTo(child, id);
      child.send({ id, event: httpEvent(method, rawPath, headers, body) });
      return answered;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

interface Answer {
  id: unknown;
  result?: LambdaResult;
  error?: string;
}

function answerTo(child: ChildProcess, id: unknown): Promise<LambdaResult> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    const onMessage = (answer: Answer) => {
      if (answer.id !== id) return;
      const { result = { statusCode: 0, headers: {}, body: '' }, error } = answer;
      done(() => (error === undefined ? resolve(result) : reject(new Error(error))));
    };
    const onExit = (code: number | null) => done(() => reject(new Error(`the Lambda's process ended with ${code}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** An event of payload format 2.0, as API Gateway sends it. */
function httpEvent(method: string, pathAndQuery: string, headers: Record<string, string>, body: unknown) {
  const [rawPath = '', rawQueryString = ''] = pathAndQuery.split('?');
  const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: {
      host: 'api.example.com',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: { domainName: 'api.example.com', http, requestId: 'r1', stage: '$default' },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
  };
}
