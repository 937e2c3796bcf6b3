import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { secretsOf } from './log-scan.js';

/** Goes into bodies that tests send: no log may have it. */
export const bodyMarker = 'marker-7f3a-in-a-body';

const variable = 'ALMANAC_TEST_LOGS';

/**
 * Folder of this test run: `logs/` has what the servers, workers and APIs of all tests wrote, and `secrets.jsonl` beside it what may
 * not be in there. Made by the first global set-up that asks; the processes of the tests inherit it.
 */
export function runFolder(): string {
  const known = process.env[variable];
  if (known !== undefined) return known;
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-run-'));
  mkdirSync(path.join(folder, 'logs'));
  process.env[variable] = folder;
  return folder;
}

/** A file for the output of a process. */
export function openLog(name: string): number {
  return openSync(path.join(runFolder(), 'logs', `${name}.log`), 'a');
}

/** Where a logger of this process writes. */
export function logDestination(name: string) {
  return pino.destination({ dest: path.join(runFolder(), 'logs', `${name}-${process.pid}.log`), sync: true });
}

/** No log of the whole run may have this text. */
export function keepSecret(name: string, text: string): void {
  appendFileSync(path.join(runFolder(), 'secrets.jsonl'), `${JSON.stringify([name, text])}\n`, { mode: 0o600 });
}

export function keptSecrets(): Record<string, string> {
  const file = path.join(runFolder(), 'secrets.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  // By the text: one name may have had many.
  const named = new Map(lines.map((line) => JSON.parse(line) as [string, string]).map(([name, text]) => [text, name]));
  return Object.fromEntries([...named].map(([text, name], index) => [`${name} (${index + 1})`, text]));
}

/** Keeps the logs of a platform, and what it printed, after its home is removed. */
export function keepPlatformLogs(home: string, printed: string): void {
  const target = path.join(runFolder(), 'logs', path.basename(home));
  mkdirSync(target, { recursive: true });
  writeFileSync(path.join(target, 'printed.log'), printed);
  if (existsSync(path.join(home, 'logs'))) cpSync(path.join(home, 'logs'), target, { recursive: true });
  for (const [name, text] of Object.entries(secretsOf(home))) keepSecret(name, text);
}
