import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { bundleEntry } from '../dist/src/worker/workflow-bundle.js';

/** What the benches share that run a worker in their own process. */

const root = path.resolve(import.meta.dirname, '..');

/** One bundle of workflows, by name the file that exports each (relative to the project). */
export async function bundleOf(files) {
  // Below node_modules, so that the bundler finds the packages.
  const cache = path.join(root, 'node_modules/.cache/almanac');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'bench-'));
  try {
    const entry = path.join(folder, 'entry.js');
    const exported = Object.entries(files).map(
      ([name, file]) => `export { ${name} } from ${JSON.stringify(path.join(root, file))};\n`,
    );
    writeFileSync(entry, exported.join(''));
    return await bundleEntry(entry);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A worker's connection to a server that may still be starting. */
export async function connectWorker(address) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(200);
    }
  }
}
