import { defineConfig } from 'vitest/config';

// Unit tests need nothing; integration tests (*.int.test.ts) share one real Temporal and one real S3 server; end-to-end tests
// (*.e2e.test.ts) run whole platforms from what `npm run build` made.
export default defineConfig({
  test: {
    // Logs of all projects together, after the last test.
    globalSetup: ['test/support/scan-run-logs.ts'],
    projects: [
      {
        // Templates of the CDK app. aws-cdk-lib takes seconds to load: a few files at once are enough.
        test: {
          name: 'cdk',
          include: ['test/cdk/**/*.test.ts'],
          exclude: ['test/**/*.{int,e2e}.test.ts'],
          globalSetup: ['test/cdk/support/bundles.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{int,e2e}.test.ts', 'test/cdk/**'],
          // The first test of a file compiles what it imports, and a busy machine takes seconds for it.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.int.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Workers compile workflow bundles; more files at once only slow each other down on small machines.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file has a whole platform of its own, and mostly waits for it.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
