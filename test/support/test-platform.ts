import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { type PlatformState, readState } from '../../src/local/home/state-file.js';
import { projectRoot } from '../../src/local/project-root.js';
import { keepPlatformLogs } from './run-logs.js';

/** A local platform as a process of its own, in a temporary home and on free ports. Needs the build. */
export class TestPlatform {
  readonly home = mkdtempSync(path.join(tmpdir(), 'almanac-platform-'));
  private processes: ChildProcess[] = [];
  private readonly started: StartedPlatform[] = [];
  /** Environment of the platform, and of `npx almanac` beside it. */
  readonly environment: NodeJS.ProcessEnv = {};

  static async create(): Promise<TestPlatform> {
    const platform = new TestPlatform();
    const [api, temporal, s3, ses] = [await freePort(), await freePort(), await freePort(), await freePort()];
    Object.assign(platform.environment, {
      // What vitest sets up for tests is not what a user has.
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(AWS_|TEMPORAL_A|VITEST|npm_)/.test(name)),
      ),
      ALMANAC_HOME: platform.home,
      ALMANAC_PORT: String(api),
      ALMANAC_TEMPORAL_PORT: String(temporal),
      ALMANAC_S3_PORT: String(s3),
      ALMANAC_SES_PORT: String(ses),
    });
    return platform;
  }

  get url(): string {
    return `http://127.0.0.1:${this.environment.ALMANAC_PORT}`;
  }

  port(variable: 'ALMANAC_PORT' | 'ALMANAC_S3_PORT' | 'ALMANAC_SES_PORT' | 'ALMANAC_TEMPORAL_PORT'): number {
    return Number(this.environment[variable]);
  }

  /** Starts it and returns at once. */
  spawn(env: NodeJS.ProcessEnv = {}): StartedPlatform {
    const entry = path.join(projectRoot(), 'dist/src/local/main.js');
    if (!existsSync(entry)) throw new Error('dist/ is missing: npm run build');
    const child = spawn(process.execPath, [entry], {
      cwd: projectRoot(),
      env: { ...this.environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.processes.push(child);
    const started = new StartedPlatform(child);
    this.started.push(started);
    return started;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<StartedPlatform> {
    const started = this.spawn();
    await started.said('Almanac is ready');
    return started;
  }

  state(): PlatformState {
    const state = readState(path.join(this.home, 'platform.json'));
    if (state === undefined) throw new Error('no platform.json');
    return state;
  }

  pid(name: string): number {
    const component = this.state().components.find((entry) => entry.name === name);
    if (component === undefined) throw new Error(`${name} is not recorded`);
    return component.pid;
  }

  /** Ends whatever a failed test left; the logs stay until the run is over, to be scanned. */
  async remove(): Promise<void> {
    const recorded = readState(path.join(this.home, 'platform.json'))?.components ?? [];
    for (const child of this.processes) if (child.exitCode === null) child.kill('SIGTERM');
    const deadline = Date.now() + 30_000;
    while (this.processes.some((child) => child.exitCode === null && child.signalCode === null)) {
      if (Date.now() > deadline) for (const child of this.processes) child.kill('SIGKILL');
      await delay(50);
    }
    for (const { pid } of recorded) {
      if (pid !== process.pid && isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
    keepPlatformLogs(this.home, this.started.map(({ output }) => output).join('\n'));
    rmSync(this.home, { recursive: true, force: true });
  }
}

export class StartedPlatform {
  output = '';
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;

  constructor(readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
      });
    }
    this.exited = new Promise((resolve) => {
      process.once('close', (code, signal) => resolve(signal ?? code ?? -1));
    });
  }

  async said(text: string, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.output.includes(text)) {
      const over = this.process.exitCode !== null || this.process.signalCode !== null;
      if (over || Date.now() > deadline) throw new Error(`never said ${JSON.stringify(text)}, but:\n${this.output}`);
      await delay(20);
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function eventually(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await delay(50);
  }
}
