import { runSuite } from './run-suite.mjs';

await runSuite({
  config: 'test/cluster/vitest.config.ts',
  binaries: ['temporal-server', 'temporal-sql-tool', 'temporal'],
});
