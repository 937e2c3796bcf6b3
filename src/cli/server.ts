import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AlmanacError } from '../domain/errors.js';
import type { Env } from './cli.js';

/** Where the Almanac API is and what opens it. */
export interface Server {
  /** Without a slash at the end. */
  url: string;
  key: string | undefined;
  /** What the user can do when the server does not answer. */
  hint: string;
}

interface ServerChoice {
  url?: string;
  keyFile?: string;
}

interface LocalPlatform {
  home: string;
  url: string;
}

/**
 * Finds the API: `--url` or ALMANAC_URL with the key of `--key-file` or ALMANAC_KEY; without an address, the local
 * platform of ALMANAC_HOME or of the nearest `.almanac` folder upwards. The local admin key is sent to the local
 * platform only.
 *
 * @throws AlmanacError `unavailable` when there is no address, `invalid-input` for an unusable address or key
 */
export function findServer(host: { env: Env; cwd: string }, choice: ServerChoice = {}): Server {
  const { env, cwd } = host;
  const chosen = choice.url ?? (env.ALMANAC_URL || undefined);
  const local = findLocalPlatform(env, cwd);
  if (chosen === undefined) {
    if (local === undefined) throw noServer(env);
    return {
      url: local.url,
      key: givenKey(env, cwd, choice) ?? localKey(local),
      hint: `the local platform of ${path.relative(cwd, local.home) || local.home} does not answer: start it with npm start, or set ALMANAC_URL`,
    };
  }
  const from = choice.url === undefined ? 'ALMANAC_URL' : '--url';
  const url = checkUrl(chosen, from);
  const key = givenKey(env, cwd, choice) ?? (local?.url === url ? localKey(local) : undefined);
  return { url, key, hint: `check ${from} and whether the server is up` };
}

function checkUrl(text: string, from: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.search !== '') {
    throw new AlmanacError(
      'invalid-input',
      `${from} is not the address of an API: write it as in http://127.0.0.1:8700`,
    );
  }
  return parsed.href.replace(/[/#]+$/, '');
}

function findLocalPlatform(env: Env, cwd: string): LocalPlatform | undefined {
  for (const home of homes(env, cwd)) {
    const text = readIfThere(path.join(home, 'platform.json'));
    if (text === undefined) continue;
    return { home, url: checkUrl(platformUrl(text, home), path.join(home, 'platform.json')) };
  }
  return undefined;
}

/** Folders that may be the home of a local platform, the likeliest first. */
export function* homes(env: Env, cwd: string): Iterable<string> {
  if (env.ALMANAC_HOME) {
    yield path.resolve(cwd, env.ALMANAC_HOME);
    return;
  }
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    yield path.join(folder, '.almanac');
    if (folder === path.dirname(folder)) return;
  }
}

function platformUrl(text: string, home: string): string {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state === 'object' && state !== null && 'url' in state && typeof state.url === 'string')
      return state.url;
  } catch {
    // Falls through to the same message as a file of another shape.
  }
  throw new AlmanacError(
    'unavailable',
    `${path.join(home, 'platform.json')} does not say where the local platform is: start it again with npm start`,
  );
}

function givenKey(env: Env, cwd: string, choice: ServerChoice): string | undefined {
  if (choice.keyFile !== undefined) {
    const text = readIfThere(path.resolve(cwd, choice.keyFile));
    if (text === undefined) throw new AlmanacError('invalid-input', `--key-file: there is no file ${choice.keyFile}`);
    return checkKey(text, `--key-file ${choice.keyFile}`);
  }
  return env.ALMANAC_KEY ? checkKey(env.ALMANAC_KEY, 'ALMANAC_KEY') : undefined;
}

function localKey(local: LocalPlatform): string | undefined {
  const file = path.join(local.home, 'admin.key');
  const text = readIfThere(file);
  return text === undefined ? undefined : checkKey(text, file);
}

/** A header takes visible ASCII only; anything else is a file of another kind. The value is never shown. */
function checkKey(text: string, from: string): string {
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new AlmanacError('invalid-input', `${from} does not hold a key: one line of visible characters is expected`);
  }
  return key;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AlmanacError('invalid-input', `cannot read ${file}: ${message}`, { cause: error });
  }
}

function noServer(env: Env): AlmanacError {
  const where = env.ALMANAC_HOME ? `in ALMANAC_HOME (${env.ALMANAC_HOME})` : 'here or in a folder above';
  return new AlmanacError(
    'unavailable',
    `no Almanac server is known: no platform runs ${where}. Start one with npm start, or set ALMANAC_URL and ALMANAC_KEY`,
  );
}
