// The README's way through a running platform: npm start, health, a run, stop, start again. For .ci/run; uses free ports
// and a home of its own, so that a platform that runs here is left alone.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './setup/free-port.mjs';
import { root } from './setup/root.mjs';

const home = mkdtempSync(path.join(tmpdir(), 'almanac-smoke-'));
const [api, temporal, s3, ses] = [await freePort(), await freePort(), await freePort(), await freePort()];
const env = {
  ...process.env,
  ALMANAC_HOME: home,
  ALMANAC_PORT: String(api),
  ALMANAC_TEMPORAL_PORT: String(temporal),
  ALMANAC_S3_PORT: String(s3),
  ALMANAC_SES_PORT: String(ses),
};
const schedule = 'mirror-weather';
let [passed, failed] = [0, 0];
let platform;

try {
  await check('npm start comes up', start);
  await check('/health says ok and names the processes', health);
  const run = await check(`almanac trigger ${schedule}`, async () =>
    JSON.parse(await almanac('trigger', schedule, '--json')),
  );
  await check('the run completes', () => completed(run.workflowId));
  await check('a second start says that one is running', secondStart);
  await check('SIGTERM ends every process', () => stop('SIGTERM'));
  await check('the next start makes nothing anew', async () => {
    await start();
    const made = /^.*(?:Compiling|Bundling|Installing|Building|Downloading|Fetching).*$/im.exec(platform.output());
    if (made !== null) throw new Error(made[0]);
  });
  await check('the run is still there', () => completed(run.workflowId));
  await check('Ctrl-C ends every process', () => stop('SIGINT'));
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
} finally {
  platform?.process.kill('SIGTERM');
  await platform?.exited;
  rmSync(home, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

async function check(title, act) {
  const begin = Date.now();
  try {
    const result = await act();
    passed += 1;
    process.stdout.write(`✓ ${title} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n`);
    return result;
  } catch (error) {
    failed += 1;
    process.stdout.write(`✗ ${title}\n`);
    throw error;
  }
}

async function start() {
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  platform = { process: child, exited, output: () => output };
  const ended = exited.then((code) => `ended with ${code}`);
  while (!output.includes('Almanac is ready')) {
    const result = await Promise.race([delay(50), ended, delay(600_000, 'nothing for ten minutes', { ref: false })]);
    if (result !== undefined) throw new Error(`npm start: ${result}\n${output}`);
  }
}

async function health() {
  const response = await fetch(`http://127.0.0.1:${api}/health`);
  const { status, components } = await response.json();
  const names = components.map((component) => component.name).sort();
  if (response.status !== 200 || status !== 'ok') throw new Error(`${response.status} ${JSON.stringify(components)}`);
  if (names.join() !== 'api,s3,temporal,worker' || !components.every(({ pid }) => pid > 0)) {
    throw new Error(JSON.stringify(components));
  }
}

async function completed(workflowId) {
  for (let tries = 0; tries < 240; tries += 1) {
    const { status, steps } = JSON.parse(await almanac('run', workflowId, '--json'));
    if (status === 'completed') return;
    if (status !== 'running') throw new Error(`the run is ${status}: ${JSON.stringify(steps)}`);
    await delay(250);
  }
  throw new Error('the run did not complete within a minute');
}

async function secondStart() {
  const { code, output } = await collect('npm', ['start']);
  if (code !== 1 || !output.includes('already running here')) throw new Error(`exit code ${code}\n${output}`);
}

async function stop(signal) {
  const { components, pid } = JSON.parse(readFileSync(path.join(home, 'platform.json'), 'utf8'));
  const pids = [pid, ...components.map((component) => component.pid)];
  platform.process.kill(signal);
  const code = await Promise.race([platform.exited, delay(40_000, 'no end after 40 s', { ref: false })]);
  const left = pids.filter(isAlive);
  if (code !== 0 || left.length > 0 || existsSync(path.join(home, 'platform.json'))) {
    throw new Error(`exit code ${code}, processes left: ${left.join(', ') || 'none'}\n${platform.output()}`);
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function almanac(...args) {
  const { code, output, stdout } = await collect(process.execPath, ['bin/almanac.mjs', ...args]);
  if (code !== 0) throw new Error(`almanac ${args.join(' ')} ended with ${code}\n${output}`);
  return stdout;
}

function collect(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, output] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, output }));
  });
}
