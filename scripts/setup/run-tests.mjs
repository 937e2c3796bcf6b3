import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** vitest's own report; .ci/run counts from it. */
const report = 'dist/test-report.json';

try {
  process.chdir(root);
  await install();
  await build();
  const binaries = await run(process.execPath, ['dist/src/local/fetch-binaries.js']);
  process.exit(binaries.code === 0 ? await test(process.argv.slice(2)) : binaries.code);
} catch (error) {
  exitWithMessage(error);
}

/** Runs vitest with the arguments of the caller; on a build server a skipped test is a failure. */
async function test(args) {
  rmSync(path.join(root, report), { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args]);
  if (code !== 0 || process.env.CI !== 'true') return code;
  const skipped = skippedTests();
  for (const name of skipped) process.stderr.write(`skipped: ${name}\n`);
  return skipped.length === 0 ? 0 : 1;
}

function skippedTests() {
  if (!existsSync(report)) return ['everything: vitest left no report'];
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName),
  );
}
