import { readFile, stat } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Keyring, type KeyringSource, parseKeyring } from '../domain/callback/keyring.js';
import { AlmanacError } from '../domain/errors.js';

/** Where the keyring of callback tokens is; the first that is set. */
export interface KeyringPlace {
  json: string | undefined;
  file: string | undefined;
  /** Name or ARN of a secret of AWS Secrets Manager. */
  secret: string | undefined;
}

/** Told when a keyring that had been read can't be read again; the last good one then stays in use. */
export type KeyringReport = (error: unknown) => void;

/**
 * Reads the ring now, so that an unusable one is seen at the start, and again whenever it changes: a rotation needs no restart.
 *
 * @returns undefined when no place is set
 * @throws AlmanacError `invalid-input` when there is a ring and it is not usable
 */
export async function openKeyring(
  { json, file, secret }: KeyringPlace,
  aws: { region: string },
  report: KeyringReport,
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
  report: KeyringReport,
): KeyringSource | undefined {
  if (json !== undefined) return fixedKeyring(json);
  if (file !== undefined) return fileKeyring(file, report);
  if (secret === undefined) return undefined;
  return cachedKeyring(secretReader(secret, region), report);
}

/** Longest time of one try in milliseconds: callers of a link wait for it, and an answer is due within 8 s. */
const secretTimeoutMs = 1_000;

/** Reads the text of a secret, with the credentials that the SDK finds. */
function secretReader(secret: string, region: string): () => Promise<string> {
  const client = new SecretsManagerClient({
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: secretTimeoutMs,
      requestTimeout: secretTimeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  return async () => {
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
      return SecretString ?? '';
    } catch (error) {
      throw cannotRead(`secret ${secret}`, error);
    }
  };
}

/** A ring that never changes. */
export function fixedKeyring(json: string): KeyringSource {
  const keyring = parseKeyring(json);
  return async () => keyring;
}

/** The ring of a file, read again when the file is another than before: a look at it costs some microseconds. */
export function fileKeyring(file: string, report: KeyringReport): KeyringSource {
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

interface CacheTimes {
  /** How long a ring is used before it is read again, in milliseconds. */
  keepMs: number;
  /** Least time between two reads on behalf of keys that the ring does not have: anybody can make up a token. */
  pauseMs: number;
  now: () => number;
}

/** A ring that is read over the network: kept for a minute, and read again for a key that it does not have. */
export function cachedKeyring(
  read: () => Promise<string>,
  report: KeyringReport,
  { keepMs, pauseMs, now }: CacheTimes = { keepMs: 60_000, pauseMs: 5_000, now: Date.now },
): KeyringSource {
  let last: { at: number; keyring: Keyring } | undefined;
  let reading: Promise<Keyring> | undefined;
  const refresh = async (): Promise<Keyring> => {
    try {
      last = { at: now(), keyring: parseKeyring(await read()) };
    } catch (error) {
      if (last === undefined) throw error;
      report(error);
      last = { ...last, at: now() };
    }
    return last.keyring;
  };
  return async (kid) => {
    const age = last === undefined ? Number.POSITIVE_INFINITY : now() - last.at;
    const lacks = kid !== undefined && last?.keyring.keys.has(kid) === false;
    if (last !== undefined && age < (lacks ? pauseMs : keepMs)) return last.keyring;
    reading ??= refresh().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

function cannotRead(file: string, error: unknown): unknown {
  if (error instanceof AlmanacError) return error;
  return new AlmanacError('invalid-input', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
}
