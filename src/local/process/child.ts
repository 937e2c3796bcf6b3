import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { ComponentName } from '../component-name.js';
import { openLog } from './log-file.js';

export interface ChildSpec {
  name: ComponentName;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** File that its output is appended to. */
  log: string;
  /** Node processes of ours end themselves when this channel closes, even if the platform was killed. */
  ipc: boolean;
}

/** How a process ended, in words: `exit code 1`, `signal SIGKILL`, `could not be started: …`. */
export type Exit = string;

export interface Child {
  /** Undefined when it could not be started. */
  pid: number | undefined;
  exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. */
  end(graceMs: number): Promise<Exit>;
  kill(): void;
}

/** Starts a process in a group of its own, so that Ctrl-C in the terminal reaches the platform alone. */
export function startChild(spec: ChildSpec): Child {
  const log = openLog(spec.log);
  const child = spawn(spec.command, spec.args, {
    detached: true,
    env: spec.env,
    stdio: spec.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  let over = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  void exited.then(() => {
    over = true;
    // What it may have started itself.
    signalGroup(child.pid, 'SIGKILL');
  });
  const kill = (): void => {
    if (!over) signalGroup(child.pid, 'SIGKILL');
  };
  return {
    pid: child.pid,
    exited,
    kill,
    async end(graceMs) {
      if (over) return exited;
      child.kill('SIGTERM');
      // The channel keeps a Node process alive that listens for its end.
      if (child.connected) child.disconnect();
      const timer = setTimeout(kill, graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

/** Signals a process and all that it started. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
