import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type CliProgram } from './cli-process.js';

let cli: CliProgram;

beforeAll(async () => {
  cli = await buildCli();
});

afterAll(() => cli.remove());

/** Packages that are loaded with a file, whatever verb is run: static imports only. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = cli.metafile.outputs[file]?.imports ?? [];
  return imports
    .filter(({ kind }) => kind === 'import-statement')
    .flatMap(({ path: target, external }) => (external ? [target] : packagesOf(target, seen)))
    .filter((target) => !target.startsWith('node:'));
}

test('the start loads commander and colours, nothing else: the rest comes with its verb', () => {
  expect([...new Set(packagesOf(cli.entry))].sort()).toEqual(['commander', 'picocolors']);
});

test('a reader that has seen enough is no failure', async () => {
  const fires = cli.start(['next', 'schedules/mirror-weather.json', '-n', '10000', '--json']);
  fires.child.stdout.once('data', () => fires.child.stdout.destroy());
  expect(await fires.ended).toBe(0);
  expect(fires.output.stderr).toBe('');
});

test('output for a pipe is plain even where CI asks tools for colours, unless FORCE_COLOR is set', async () => {
  const plain = cli.start(['next', 'schedules/mirror-weather.json'], { CI: 'true' });
  const coloured = cli.start(['next', 'schedules/mirror-weather.json'], { FORCE_COLOR: '1' });
  expect([await plain.ended, await coloured.ended]).toEqual([0, 0]);
  expect(plain.output.stdout).not.toContain('\x1b');
  expect(coloured.output.stdout).toContain('\x1b[');
});

test('--direct without a Temporal server ends with 7, names the address and leaves nothing open', async () => {
  const list = cli.start(['list', '--direct', '--json'], { TEMPORAL_ADDRESS: '127.0.0.1:9' });
  expect(await list.ended).toBe(7);
  expect(JSON.parse(list.output.stderr).detail).toContain('cannot reach Temporal at 127.0.0.1:9: set TEMPORAL_ADDRESS');
}, 20_000);

test('the program that npx runs says what to do when nothing is built', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-bin-'));
  try {
    mkdirSync(path.join(folder, 'bin'));
    copyFileSync('bin/almanac.mjs', path.join(folder, 'bin', 'almanac.mjs'));
    const result = spawnSync(process.execPath, [path.join(folder, 'bin', 'almanac.mjs'), 'list'], { encoding: 'utf8' });
    expect(result).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'almanac is not built yet: run npm run build (or npm start) first\n',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
