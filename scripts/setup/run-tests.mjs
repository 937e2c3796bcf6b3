import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { readReport, reportFile } from './test-report.mjs';

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
  rmSync(path.join(root, reportFile), { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  // The AWS SDK's advice on future versions of Node would be repeated by every test file.
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const { code } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
    env,
  });
  if (code !== 0 || process.env.CI !== 'true') return code;
  const skipped = readReport()?.skipped ?? ['everything: vitest left no report'];
  for (const name of skipped) process.stderr.write(`skipped: ${name}\n`);
  return skipped.length === 0 ? 0 : 1;
}
