import { build } from './build.mjs';
import { exitWithMessage } from './failure.mjs';
import { install } from './install.mjs';
import { root } from './root.mjs';

try {
  process.chdir(root);
  await install();
  await build();
} catch (error) {
  exitWithMessage(error);
}
// In this process: one less to pass signals through.
await import('../../dist/src/local/main.js');
