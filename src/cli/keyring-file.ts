import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type KeyringFile, parseKeyringFile } from '../domain/callback/keyring.js';
import { AlmanacError } from '../domain/errors.js';
import type { Env } from './cli.js';
import { homes } from './server.js';

const fileName = 'callback-keys.json';

/**
 * The keyring that is meant: `--file`, else ALMANAC_CALLBACK_KEYS_FILE, else that of the local platform.
 *
 * @throws AlmanacError `not-found` when there is none, `invalid-input` when it is not usable
 */
export function readKeyringFile(host: { env: Env; cwd: string }, given?: string): { file: string; ring: KeyringFile } {
  const named = given ?? (host.env.ALMANAC_CALLBACK_KEYS_FILE || undefined);
  const candidates =
    named === undefined
      ? [...homes(host.env, host.cwd)].map((home) => path.join(home, fileName))
      : [path.resolve(host.cwd, named)];
  for (const file of candidates) {
    const text = readIfThere(file);
    if (text === undefined) continue;
    try {
      return { file, ring: parseKeyringFile(text) };
    } catch (error) {
      if (!(error instanceof AlmanacError)) throw error;
      throw new AlmanacError(error.code, `${file}: ${error.message}`, { details: error.details });
    }
  }
  throw new AlmanacError(
    'not-found',
    `there is no keyring at ${candidates[0]}: start the local platform once, or name another with --file`,
  );
}

/** Replaces the file in one step, readable by its owner alone: worker and API see the old ring or the new one. */
export function writeKeyringFile(file: string, ring: KeyringFile): void {
  const temporary = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporary, `${JSON.stringify(ring, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    // The mode of writeFileSync is narrowed by the umask and never widened by it; an odd umask could close it to us.
    chmodSync(temporary, 0o600);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AlmanacError('invalid-input', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
