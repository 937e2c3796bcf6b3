import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

try {
  process.chdir(root);
  await install();
  await build();
  const tools = ['temporal', 'versitygw'];
  const binaries = await run(process.execPath, ['dist/src/local/fetch-binaries.js', ...tools]);
  process.exit(binaries.code === 0 ? await test() : binaries.code);
} catch (error) {
  exitWithMessage(error);
}

async function test() {
  const args = ['run', '--config', 'test/browser/vitest.config.ts', '--reporter=verbose', ...process.argv.slice(2)];
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return (await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { env })).code;
}
