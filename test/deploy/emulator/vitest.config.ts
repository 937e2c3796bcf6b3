import { defineConfig } from 'vitest/config';

// `npm run test:deploy`: minutes, and an emulator from PyPI, so not among the others.
export default defineConfig({
  test: {
    name: 'deploy',
    include: ['test/deploy/emulator/**/*.deploy.ts'],
    root: '.',
    globalSetup: ['test/support/scan-run-logs.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    // Each test goes on where the one before it ended.
    bail: 1,
  },
});
