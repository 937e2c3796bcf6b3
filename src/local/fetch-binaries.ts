import { cacheFolder } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import { provideBinary, temporalCli, versitygw } from './binaries/index.js';
import { createProgress } from './progress.js';
import { projectRoot } from './project-root.js';
import { stopSignals } from './stop-signals.js';

/** Entry point: sees to it that both server binaries are here. `npm test` runs it before the tests. */
const options = {
  env: process.env,
  cache: cacheFolder(),
  root: projectRoot(),
  progress: createProgress(),
  signal: stopSignals().stop,
};
try {
  for (const tool of [temporalCli, versitygw]) await provideBinary(tool, options);
  process.exit(0);
} catch (error) {
  process.stderr.write(`\nAlmanac: ${error instanceof AlmanacError ? error.message : String(error)}\n`);
  process.exit(1);
}
