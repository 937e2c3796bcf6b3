import { defineConfig } from 'vitest/config';

// `npm run test:cluster`: minutes, so not among the others.
export default defineConfig({
  test: {
    name: 'cluster',
    include: ['test/cluster/**/*.cluster.ts'],
    root: '.',
    testTimeout: 300_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
    // Each test goes on where the one before it ended.
    bail: 1,
  },
});
