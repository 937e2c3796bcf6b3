import { runSuite } from './run-suite.mjs';

await runSuite({
  config: 'test/deploy/emulator/vitest.config.ts',
  binaries: ['temporal'],
  scripts: ['scripts/build-lambdas.mjs'],
});
