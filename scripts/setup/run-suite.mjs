import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/**
 * A suite with a vitest configuration of its own, run as a new checkout needs it: installs, builds and fetches what is missing first.
 * Ends the process with the code of what failed first, or of vitest, which gets the arguments of the caller.
 *
 * @param {{ config: string, binaries: string[], scripts?: string[] }} suite names of the server binaries; scripts to run before the tests
 */
export async function runSuite({ config, binaries, scripts = [] }) {
  try {
    process.chdir(root);
    await install();
    await build();
    for (const args of [['dist/src/local/fetch-binaries.js', ...binaries], ...scripts.map((script) => [script])]) {
      const { code } = await run(process.execPath, args);
      if (code !== 0) process.exit(code);
    }
    const args = ['run', '--config', config, '--reporter=verbose', ...process.argv.slice(2)];
    const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    process.exit((await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], { env })).code);
  } catch (error) {
    exitWithMessage(error);
  }
}
