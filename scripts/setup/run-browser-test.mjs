import { runSuite } from './run-suite.mjs';

await runSuite({ config: 'test/browser/vitest.config.ts', binaries: ['temporal', 'versitygw'] });
