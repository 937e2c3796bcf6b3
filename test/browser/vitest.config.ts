import { defineConfig } from 'vitest/config';

// `npm run test:browser`: it needs a browser, so it is not among the others.
export default defineConfig({
  test: {
    name: 'browser',
    include: ['test/browser/**/*.browser.ts'],
    root: '.',
    globalSetup: [
      'test/support/scan-run-logs.ts',
      'test/browser/support/global-setup.ts',
      'test/support/global-setup.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
