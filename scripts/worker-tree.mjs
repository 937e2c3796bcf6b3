// `node scripts/worker-tree.mjs OUT`: everything that the worker's image holds, in an empty folder OUT.
// The Dockerfile calls it, and so does the test that starts a worker from OUT, so that both are the same tree.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './setup/build.mjs';
import { exitWithMessage, SetupError } from './setup/failure.mjs';
import { root } from './setup/root.mjs';

/** Compiled folders that the worker imports; its workflows are in the bundle. */
const parts = ['activities', 'clients', 'domain', 'services', 'worker', 'config.js'];

/** Rust's names of the platforms that the SDK's core is delivered for. */
const triples = {
  'linux/x64': 'x86_64-unknown-linux-gnu',
  'linux/arm64': 'aarch64-unknown-linux-gnu',
  'darwin/x64': 'x86_64-apple-darwin',
  'darwin/arm64': 'aarch64-apple-darwin',
};

await main(process.argv[2]).catch(exitWithMessage);

async function main(target) {
  if (target === undefined) throw new SetupError('which folder? node scripts/worker-tree.mjs OUT');
  const out = path.resolve(target);
  if (existsSync(out) && readdirSync(out).length > 0) throw new SetupError(`${out} is not empty`);
  mkdirSync(out, { recursive: true });
  await build();
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(path.join(root, file), path.join(out, file));
  npm(['ci', '--omit=dev', '--ignore-scripts'], out);
  for (const part of parts) copyCode(path.join(root, 'dist/src', part), path.join(out, 'dist/src', part));
  for (const file of ['workflow-bundle.js', 'worker-manifest.json']) {
    cpSync(path.join(root, 'dist', file), path.join(out, 'dist', file));
  }
  cpSync(path.join(root, 'scripts/worker-healthcheck.mjs'), path.join(out, 'healthcheck.mjs'));
  strip(path.join(out, 'node_modules'));
}

function npm(args, cwd) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(command, [...args, '--no-audit', '--no-fund'], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

function copyCode(from, to) {
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.map') });
}

/** What no worker loads: the SDK's core for other platforms, and the compiler of workflows, which are bundled already. */
function strip(modules) {
  const own = triples[`${process.platform}/${process.arch}`];
  const releases = path.join(modules, '@temporalio/core-bridge/releases');
  if (own === undefined || !existsSync(path.join(releases, own))) {
    throw new SetupError(`the SDK has no core for ${process.platform}/${process.arch}`);
  }
  for (const name of readdirSync(releases)) if (name !== own) remove(path.join(releases, name));
  for (const name of readdirSync(path.join(modules, '@swc'))) {
    if (name.startsWith('core-')) remove(path.join(modules, '@swc', name));
  }
  for (const file of readdirSync(modules, { recursive: true })) {
    if (/\.(?:map|d\.[cm]?ts|md|markdown)$/.test(file)) remove(path.join(modules, file));
  }
}

function remove(file) {
  rmSync(file, { recursive: true, force: true });
}
