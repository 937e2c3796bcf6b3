// For .ci/run: prints "<passed> <failed>" of the last `npm test`, whose exit code is the argument. What was skipped counts as
// failed, and so does an exit code that the report does not explain.
import { readReport } from './setup/test-report.mjs';

const exitCode = Number(process.argv[2]);
const report = readReport();
const failed = report === undefined ? 1 : report.failed.length + report.skipped.length;
process.stdout.write(`${report?.passed ?? 0} ${exitCode === 0 ? failed : Math.max(1, failed)}\n`);
