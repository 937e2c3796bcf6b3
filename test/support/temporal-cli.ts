import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { cacheFolder } from '../../src/config.js';
import { provideBinary, temporalCli } from '../../src/local/binaries/index.js';
import { createProgress } from '../../src/local/progress.js';
import { projectRoot } from '../../src/local/project-root.js';

const run = promisify(execFile);

/** Runs Temporal's own command line against the test run's server, as somebody without Almanac would. */
export async function temporal(...args: string[]): Promise<string> {
  const binary = await provideBinary(temporalCli, {
    env: process.env,
    cache: cacheFolder(),
    root: projectRoot(),
    progress: createProgress(),
    signal: new AbortController().signal,
  });
  const { stdout } = await run(binary, [...args, '--address', inject('temporalAddress')]);
  return stdout;
}
