import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export interface CdkResult {
  code: number | null;
  output: string;
}

/** The CDK command line with an app of ours, against whatever AWS the environment names. */
export interface Cdk {
  bootstrap(environment: string): Promise<void>;
  /** What it printed. */
  deploy(): Promise<string>;
  /** A deploy that may fail. */
  tryDeploy(): Promise<CdkResult>;
  /** What was deployed last. */
  destroy(): Promise<void>;
  remove(): void;
}

/** Longest time of one command: a Lambda that hangs must not hang the test. */
const commandMs = 240_000;

export async function createCdk(entry: string, config: string, env: Record<string, string>): Promise<Cdk> {
  const parent = path.resolve('node_modules/.cache');
  mkdirSync(parent, { recursive: true });
  // Below the repository, so that packages are found.
  const folder = mkdtempSync(path.join(parent, 'almanac-cdk-'));
  const outfile = path.join(folder, 'app.mjs');
  const options = { bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: [entry], outfile, logLevel: 'error' });
  const out = path.join(folder, 'out');
  const cli = path.resolve('node_modules/aws-cdk/bin/cdk');
  const run = (args: readonly string[], cwd?: string): Promise<CdkResult> =>
    new Promise((resolve, reject) => {
      const begin = Date.now();
      const child = spawn(process.execPath, [cli, ...args, '--no-notices'], {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: folder, CI: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', ...env },
        timeout: commandMs,
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      child.once('error', reject);
      child.once('close', (code) => {
        console.info(`cdk ${args[0]} ended with ${code} after ${Math.round((Date.now() - begin) / 1000)} s`);
        resolve({ code, output });
      });
    });
  const ok = async (args: readonly string[], cwd?: string): Promise<string> => {
    const { code, output } = await run(args, cwd);
    if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  };
  const deploy = [
    ...['deploy', '--all', '--require-approval', 'never', '--concurrency', '2'],
    ...['--app', `${process.execPath} ${outfile}`, '--output', out, '-c', `config=${config}`],
  ];
  return {
    // Where no cdk.json names an app, which would be synthesised for nothing.
    bootstrap: async (environment) => void (await ok(['bootstrap', environment], folder)),
    deploy: () => ok(deploy),
    tryDeploy: () => run(deploy),
    destroy: async () => void (await ok(['destroy', '--all', '--force', '--app', out])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
