import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { createTemporalClient } from '../../src/clients/temporal.js';
import { cacheFolder } from '../../src/config.js';
import { searchAttributes } from '../../src/domain/temporal-names.js';
import { provideBinary, temporalCli } from '../../src/local/binaries/index.js';
import { createProgress } from '../../src/local/progress.js';
import { projectRoot } from '../../src/local/project-root.js';
import { openLog } from './run-logs.js';

/** A Temporal server of one test's own: it may be frozen, or set up in another way. */
export interface OwnTemporalServer {
  address: string;
  client: Client;
  /** Stops its time, as a machine that sleeps. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/**
 * @param dynamicConfig such as `history.enableChasm=true`
 * @param env added to the server's environment
 */
export async function startOwnTemporalServer(
  dynamicConfig: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<OwnTemporalServer> {
  const binary = await provideBinary(temporalCli, {
    env: process.env,
    cache: cacheFolder(),
    root: projectRoot(),
    progress: createProgress(),
    signal: new AbortController().signal,
  });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const flags = [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
  const log = openLog('temporal-own');
  const child = spawn(binary, flags, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  const client = createTemporalClient({ connection: { address }, namespace: 'default' });
  await eventually(() => client.workflowService.describeNamespace({ namespace: 'default' }));
  return {
    address,
    client,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await client.connection.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The first answer of a server that comes up, or comes back. */
export async function eventually<T>(call: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}
