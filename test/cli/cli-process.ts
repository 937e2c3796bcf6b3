import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build, type Metafile } from 'esbuild';

/** The command line as a process of its own, built from today's sources. */
export interface CliProgram {
  metafile: Metafile;
  /** The entry's file, relative to the working directory, as the metafile names it. */
  entry: string;
  start(args: string[], env?: Record<string, string>): RunningCli;
  remove(): void;
}

export interface RunningCli {
  child: ChildProcessWithoutNullStreams;
  output: { stdout: string; stderr: string };
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Built below the repository, so that packages are found. */
export async function buildCli(): Promise<CliProgram> {
  const parent = path.join('node_modules', '.cache');
  await mkdir(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'almanac-cli-'));
  const { metafile } = await build({
    entryPoints: ['src/cli/main.ts'],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
  });
  const entry = path.join(folder, 'main.js');
  return {
    metafile,
    entry,
    start: (args, env = {}) => start(entry, args, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function start(entry: string, args: string[], env: Record<string, string>): RunningCli {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin.end();
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  return { child, output, ended };
}
