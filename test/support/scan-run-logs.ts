import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leaksInLogs } from './log-scan.js';
import { bodyMarker, keptSecrets, runFolder } from './run-logs.js';

/** After the last test of the run: a token, a key or a body in any log that a test left fails the run. */
export default function setup(): () => void {
  const folder = runFolder();
  return () => {
    try {
      assertScanSees();
      const secrets = { ...keptSecrets(), 'a part of a body': bodyMarker };
      const hits = leaksInLogs(folder, secrets);
      if (hits.length > 0) throw new Error(`secrets in the logs of this run (kept in ${folder}):\n${hits.join('\n')}`);
      const files = readdirSync(path.join(folder, 'logs'), { recursive: true }).length;
      console.log(`Log scan: ${files} files, ${Object.keys(secrets).length} secrets looked for, none found`);
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      // Vitest reports what a teardown throws, and ends as if nothing had been.
      process.exitCode = 1;
      throw error;
    }
  };
}

/** A scan that finds nothing in what is planted would find nothing anywhere. */
function assertScanSees(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-canary-'));
  try {
    mkdirSync(path.join(folder, 'logs', 'below'), { recursive: true });
    const planted = [
      '{"url":"/v1/callbacks/eyJhbGciOiJkaXIifQ..AAAA.BBBB.CCCC/complete"}',
      'authorization: Bearer x',
      'the secret-of-a-canary',
      bodyMarker,
    ];
    appendFileSync(path.join(folder, 'logs', 'below', 'canary.log'), planted.join('\n'));
    const hits = leaksInLogs(folder, { key: 'secret-of-a-canary', body: bodyMarker });
    if (hits.length !== planted.length)
      throw new Error(`the log scan sees ${hits.length} of ${planted.length} canaries`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
