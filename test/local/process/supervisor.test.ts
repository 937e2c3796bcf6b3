import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AlmanacError } from '../../../src/domain/errors.js';
import type { ChildSpec } from '../../../src/local/process/child.js';
import { isRunning, startOf } from '../../../src/local/process/identity.js';
import { Supervisor } from '../../../src/local/process/supervisor.js';

// Real processes, which take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let started: number[];
let died: string[];
let supervisor: Supervisor;
let fatal: Promise<AlmanacError>;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'almanac-supervisor-'));
  started = [];
  died = [];
  fatal = new Promise((resolve) => {
    supervisor = new Supervisor({
      started: (_name, pid) => started.push(pid),
      died: (message) => died.push(message),
      fatal: resolve,
    });
  });
});

afterEach(() => {
  supervisor.killAll();
  rmSync(folder, { recursive: true });
});

function node(name: ChildSpec['name'], code: string, ipc = false): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', code],
    env: process.env,
    log: path.join(folder, `${name}.log`),
    ipc,
  };
}

async function eventually(check: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!check()) {
    if (Date.now() > deadline) throw new Error('not within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const log = (name: string) => readFileSync(path.join(folder, `${name}.log`), 'utf8');
const alive = (pid = -1) => startOf(pid) !== undefined;

test('one that keeps dying is named with its log, started again, and given up after the fifth time', async () => {
  const lines = 'for (let i = 1; i <= 30; i += 1) console.log("line " + i)';
  supervisor.start(node('worker', `${lines}; console.error("no such bucket"); process.exit(3)`), { restart: true });
  const error = await fatal;
  expect(started).toHaveLength(5);
  expect(died).toHaveLength(4);
  expect(died[0]).toContain('worker ended by itself (exit code 3)');
  expect(died[0]).toContain(`The end of ${path.join(folder, 'worker.log')}`);
  expect(died[0]).toContain('  | no such bucket');
  expect(died[0]?.match(/ {2}\| /g)).toHaveLength(20);
  expect(died[0]).toContain('started again in 0.5 s (1 of 5 within a minute)');
  expect(error.message).toContain('5 times within a minute');
  expect(error.exitCode).toBe(1);
});

test('one that the platform needs is fatal at once, with signal and log', async () => {
  supervisor.start(node('s3', 'console.log("disk on fire"); process.kill(process.pid, "SIGKILL")'), { restart: false });
  const { message } = await fatal;
  expect(started).toHaveLength(1);
  expect(message).toContain('s3 ended by itself (signal SIGKILL)');
  expect(message).toContain('  | disk on fire');
});

test('a program that is not there is named', async () => {
  supervisor.start({ ...node('s3', ''), command: '/does/not/exist' }, { restart: false });
  expect((await fatal).message).toContain('could not be started: spawn /does/not/exist ENOENT');
});

test('stop lets it tidy up and is no death', async () => {
  const code = `process.on("SIGTERM", () => setTimeout(() => { console.log("tidy"); process.exit() }, 100)); setInterval(() => {}, 1000); console.log("up")`;
  supervisor.start(node('worker', code), { restart: true });
  await eventually(() => log('worker').includes('up'));
  await supervisor.stop('worker', 5_000);
  expect(log('worker')).toBe('up\ntidy\n');
  expect(died).toEqual([]);
  expect(alive(started[0])).toBe(false);
});

test('one that does not listen is killed after its grace time, and so is what it started', async () => {
  const code = `
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("child", child.pid)`;
  supervisor.start(node('worker', code), { restart: true });
  await eventually(() => log('worker').includes('child '));
  const grandchild = Number(/child (\d+)/.exec(log('worker'))?.[1]);
  expect(alive(grandchild)).toBe(true);
  await supervisor.stop('worker', 200);
  await eventually(() => !alive(started[0]) && !alive(grandchild));
});

test('one that waits to be started again is not, once it is stopped', async () => {
  supervisor.start(node('worker', 'process.exit(1)'), { restart: true });
  await eventually(() => died.length === 1);
  await supervisor.stop('worker', 1_000);
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(started).toHaveLength(1);
});

test('a child that listens for the end of the platform ends when it is stopped', async () => {
  const code =
    'process.on("disconnect", () => console.log("alone")); process.on("SIGTERM", () => {}); console.log("up")';
  supervisor.start(node('api', code, true), { restart: true });
  await eventually(() => log('api').includes('up'));
  const begin = Date.now();
  await supervisor.stop('api', 10_000);
  expect(Date.now() - begin).toBeLessThan(5_000);
  expect(log('api')).toBe('up\nalone\n');
});

test('a process is told from a later one with its pid', () => {
  const startTime = startOf(process.pid) ?? '';
  expect(startTime).not.toBe('');
  expect(isRunning({ pid: process.pid, startTime })).toBe(true);
  expect(isRunning({ pid: process.pid, startTime: `${startTime}0` })).toBe(false);
  expect(isRunning({ pid: 2 ** 30, startTime })).toBe(false);
  expect(isRunning({ pid: 2 ** 30, startTime: '' })).toBe(false);
});
