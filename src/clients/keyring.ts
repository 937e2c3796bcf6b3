import { readFile, stat } from 'node:fs/promises';
import { type Keyring, type KeyringSource, parseKeyring } from '../domain/callback/keyring.js';
import { AlmanacError } from '../domain/errors.js';
import { defaultRefreshTimes, type RefreshReport, type RefreshTimes, refreshed } from './refreshed.js';
import { createSecretReader } from './secrets.js';

/** Where the keyring of callback tokens is; the first that is set. */
export interface KeyringPlace {
  json: string | undefined;
  file: string | undefined;
  /** Name or ARN of a secret of AWS Secrets Manager. */
  secret: string | undefined;
}

/**
 * Reads the ring now, so that an unusable one is seen at the start, and again whenever it changes: a rotation needs no restart.
 *
 * @returns undefined when no place is set
 * @throws AlmanacError `invalid-input` when there is a ring and it is not usable
 */
export async function openKeyring(
  { json, file, secret }: KeyringPlace,
  aws: { region: string },
  report: RefreshReport,
): Promise<KeyringSource | undefined> {
  const source = sourceOf(json, file, secret, aws, report);
  await source?.();
  return source;
}

function sourceOf(
  json: string | undefined,
  file: string | undefined,
  secret: string | undefined,
  { region }: { region: string },
  report: RefreshReport,
): KeyringSource | undefined {
  if (json !== undefined) return fixedKeyring(json);
  if (file !== undefined) return fileKeyring(file, report);
  if (secret === undefined) return undefined;
  const read = createSecretReader({ region });
  return cachedKeyring(() => read(secret), report);
}

/** A ring that never changes. */
export function fixedKeyring(json: string): KeyringSource {
  const keyring = parseKeyring(json);
  return async () => keyring;
}

/** The ring of a file, read again when the file is another than before: a look at it costs some microseconds. */
export function fileKeyring(file: string, report: RefreshReport): KeyringSource {
  let last: { state: string; keyring: Keyring } | undefined;
  return async () => {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const state = `${mtimeMs} ${size} ${ino}`;
      if (last?.state !== state) last = { state, keyring: parseKeyring(await readFile(file, 'utf8')) };
    } catch (error) {
      if (last === undefined) throw cannotRead(file, error);
      report(error);
    }
    return last.keyring;
  };
}

/** A key that was dropped opens nothing after a minute; that is a read a minute of a process. */
const ringTimes: RefreshTimes = { ...defaultRefreshTimes, keepMs: 60_000 };

/** A ring that is read over the network: kept for a minute, and read again for a key that it does not have. */
export function cachedKeyring(read: () => Promise<string>, report: RefreshReport, times = ringTimes): KeyringSource {
  const ring = refreshed(async () => parseKeyring(await read()), report, times);
  return (kid) => ring(({ keys }) => kid !== undefined && !keys.has(kid));
}

function cannotRead(file: string, error: unknown): unknown {
  if (error instanceof AlmanacError) return error;
  return new AlmanacError('invalid-input', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
}
