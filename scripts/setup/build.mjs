import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './failure.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.build-stamp');
const outputs = ['src', 'workflow-bundle.js', 'worker-manifest.json'];

/**
 * Compiles the sources and bundles the workflows unless that was done for these very sources. The new output takes the
 * place of the old at the end: a failed build leaves the old one, and a platform that runs meanwhile never misses a file.
 */
export async function build({ force = false } = {}) {
  const wanted = digestOfSources();
  if (!force && isBuilt() && readFileSync(stamp, 'utf8') === wanted) return;
  // Beside dist, so that the relative paths in source maps hold after the move.
  const next = path.join(root, `.build-${process.pid}`);
  try {
    await step('Compiling', ['node_modules/typescript/bin/tsc', ...compilerOptions(next)]);
    await step('Bundling the workflows', [path.join(next, 'src/worker/build-bundle.js')]);
    takePlace(next);
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

function compilerOptions(outDir) {
  return ['-p', 'tsconfig.build.json', '--outDir', outDir, '--tsBuildInfoFile', path.join(outDir, '.tsbuildinfo')];
}

function takePlace(next) {
  const old = path.join(next, 'old');
  mkdirSync(old);
  mkdirSync(dist, { recursive: true });
  rmSync(stamp, { force: true });
  for (const name of outputs) {
    if (existsSync(path.join(dist, name))) renameSync(path.join(dist, name), path.join(old, name));
    renameSync(path.join(next, name), path.join(dist, name));
  }
}

async function step(title, args) {
  const { code, stderr } = await run(process.execPath, args, { title });
  if (code === 0) return;
  const full = /ENOSPC|no space left/i.test(stderr) ? ' The disk is full: free some space, then start again.' : '';
  throw new SetupError(`${title} failed with exit code ${code}; the reason is above.${full}`);
}

function isBuilt() {
  return existsSync(stamp) && outputs.every((name) => existsSync(path.join(dist, name)));
}

/** Names and contents of everything that dist/ is made from. */
function digestOfSources() {
  const hash = createHash('sha256');
  for (const file of sourceFiles())
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function sourceFiles() {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  return ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...sources.sort()];
}
