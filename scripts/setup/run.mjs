import { spawn } from 'node:child_process';
import { root } from './root.mjs';

const heartbeatMs = 15_000;

/**
 * Runs a command in the checkout; its output goes to ours. Resolves to the exit code and what it wrote to standard
 * error. SIGTERM and SIGHUP are passed on, Ctrl-C reaches it by itself. A title is shown with the time it took.
 */
export function run(command, args, { env = process.env, title } = {}) {
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  if (title !== undefined) process.stdout.write(`… ${title}\n`);
  const alive = setInterval(() => {
    if (title !== undefined) process.stdout.write(`… ${title} (${seconds()})\n`);
  }, heartbeatMs);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'pipe'] });
    const relay = (signal) => child.kill(signal);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, relay);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      process.stderr.write(chunk);
      stderr = (stderr + chunk).slice(-20_000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(alive);
      for (const name of ['SIGTERM', 'SIGHUP']) process.off(name, relay);
      if (signal !== null) process.exit(1);
      if (title !== undefined) process.stdout.write(`${code === 0 ? '✓' : '✗'} ${title} (${seconds()})\n`);
      resolve({ code, stderr });
    });
  });
}
