import { PassThrough } from 'node:stream';
import type { Backend } from '../../src/cli/backend/backend.js';
import type { CliHost, Env } from '../../src/cli/cli.js';
import type { OutputStream } from '../../src/cli/output/terminal.js';
import { runCli } from '../../src/cli/run-cli.js';

/** A stream that keeps what was written. */
export class Recorder implements OutputStream {
  text = '';
  columns = 100;
  rows = 30;

  constructor(readonly isTTY = false) {}

  write(text: string): void {
    this.text += text;
  }
}

interface HostOptions {
  env?: Env;
  cwd?: string;
  isTTY?: boolean;
  stdin?: string;
  now?: () => number;
  direct?: Backend;
}

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface TestHost extends CliHost {
  stdout: Recorder;
  stderr: Recorder;
  /** What Ctrl-C does. */
  interrupt(): void;
}

export function testHost({ env = {}, cwd = '/', isTTY = false, stdin = '', now, direct }: HostOptions = {}): TestHost {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(stdin);
  const listeners = new Set<() => void>();
  return {
    env,
    cwd,
    stdout: new Recorder(isTTY),
    stderr: new Recorder(isTTY),
    stdin: input,
    now: now ?? Date.now,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    connectDirect: async () => {
      if (direct === undefined) throw new Error('this test has no --direct');
      return direct;
    },
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}

/** Runs one command line in this process, as main.ts would. */
export async function almanac(args: string[], options: HostOptions = {}): Promise<CliResult> {
  const host = testHost(options);
  const exitCode = await runCli(args, host);
  return { exitCode, stdout: host.stdout.text, stderr: host.stderr.text };
}
