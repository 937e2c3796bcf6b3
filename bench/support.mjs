import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { cacheFolder } from '../dist/src/config.js';
import { provideBinary, temporalCli } from '../dist/src/local/binaries/index.js';
import { createProgress } from '../dist/src/local/progress.js';
import { freePort } from '../scripts/setup/free-port.mjs';

/** What the scripts of this folder share. They run what `npm run build` made. */

export { freePort } from '../scripts/setup/free-port.mjs';

/** Value below which a share of the sorted values lies (nearest rank). */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values) {
  return percentile(values, 0.5);
}

/** Seconds since a time of `performance.now()`. */
export function seconds(since) {
  return (performance.now() - since) / 1000;
}

/** Numbers of the command line: `--name 5`. */
export function option(name, fallback) {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : Number(process.argv[index + 1]);
}

/** How the benches get the server binaries: as the platform does. */
export function provideOptions() {
  return {
    env: process.env,
    cache: cacheFolder(),
    root: path.resolve(import.meta.dirname, '..'),
    progress: createProgress(process.stderr),
    signal: new AbortController().signal,
  };
}

/** The Temporal CLI, fetched or built when it is missing. */
export function temporalBinary() {
  return provideBinary(temporalCli, provideOptions());
}

const silent = () => undefined;

/** For `Runtime.install` and bundles: a bench prints its figures only. */
export const quietLogger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** A Temporal dev server in memory on a free port, with the search attributes of Almanac. */
export async function startTemporal(binary, attributes) {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    binary,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
      ...Object.entries(attributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    { stdio: 'ignore' },
  );
  return {
    address,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
