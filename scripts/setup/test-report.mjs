import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.mjs';

/** Where `npm test` has vitest write its report, below the checkout. */
export const reportFile = 'dist/test-report.json';

/**
 * What vitest's report says: how many tests passed, and a line for each that failed, was skipped, or could not be loaded.
 * Undefined when there is no report.
 */
export function readReport() {
  const file = path.join(root, reportFile);
  if (!existsSync(file)) return undefined;
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (statuses) => tests.filter(({ status }) => statuses.includes(status)).map(({ fullName }) => fullName);
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
  return {
    passed: named(['passed']).length,
    failed: [...named(['failed']), ...broken.map(({ name }) => path.relative(root, name))],
    skipped: tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName),
  };
}
