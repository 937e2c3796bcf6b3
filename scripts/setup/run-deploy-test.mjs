import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

try {
  process.chdir(root);
  await install();
  await build();
  const binaries = await run(process.execPath, ['dist/src/local/fetch-binaries.js', 'temporal']);
  if (binaries.code !== 0) process.exit(binaries.code);
  const lambdas = await run(process.execPath, ['scripts/build-lambdas.mjs']);
  process.exit(lambdas.code === 0 ? await test() : lambdas.code);
} catch (error) {
  exitWithMessage(error);
}

async function test() {
  const config = 'test/deploy/emulator/vitest.config.ts';
  const args = ['run', '--config', config, '--reporter=verbose', ...process.argv.slice(2)];
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return (await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { env })).code;
}
