import { cacheFolder } from '../config.js';
import { AlmanacError } from '../domain/errors.js';
import { provideBinary, temporalCli, temporalServer, temporalSqlTool, versitygw } from './binaries/index.js';
import { createProgress } from './progress.js';
import { projectRoot } from './project-root.js';
import { stopSignals } from './stop-signals.js';

/** Entry point: sees to it that the named binaries are here; without a name, both servers of the local platform. Run before tests. */
const tools = [temporalCli, versitygw, temporalServer, temporalSqlTool];
const names = process.argv.length > 2 ? process.argv.slice(2) : [temporalCli.name, versitygw.name];
const options = {
  env: process.env,
  cache: cacheFolder(),
  root: projectRoot(),
  progress: createProgress(),
  signal: stopSignals().stop,
};
try {
  for (const tool of tools.filter(({ name }) => names.includes(name))) await provideBinary(tool, options);
  process.exit(0);
} catch (error) {
  process.stderr.write(`\nAlmanac: ${error instanceof AlmanacError ? error.message : String(error)}\n`);
  process.exit(1);
}
