import { loadLocalConfig } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import { fullDisk } from './home/free-space.js';
import { runPlatform } from './platform/run.js';
import { createProgress } from './progress.js';
import { stopSignals } from './stop-signals.js';

/**
 * Entry point of the local platform. Exit code 0 after a requested stop (Ctrl-C, SIGTERM, SIGHUP), 130 when a second
 * Ctrl-C cut it short, 2 for an unusable environment, 1 otherwise.
 */
async function main(): Promise<number> {
  const { stop, kill } = stopSignals();
  try {
    await runPlatform({ config: loadLocalConfig(), progress: createProgress(), stop, kill });
    return kill.aborted ? 130 : 0;
  } catch (error) {
    if (error === stop.reason) return 0;
    process.stderr.write(`\nAlmanac: ${describe(error)}\n`);
    return error instanceof AlmanacError ? error.exitCode : 1;
  }
}

/** Expected failures are sentences; of the rest the stack is worth having. */
function describe(error: unknown): string {
  if (error instanceof AlmanacError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return fullDisk(path ?? '.almanac');
  return error.stack ?? error.message;
}

// A terminal that is gone must not keep the platform from ending its children.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(await main());
