import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './failure.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

const stamp = path.join(root, 'dist/.build-stamp');
const outputs = ['dist/src/local/main.js', 'dist/workflow-bundle.js'].map((file) => path.join(root, file));

/** Compiles the sources and bundles the workflows unless that was done for these very sources. */
export async function build({ force = false } = {}) {
  const wanted = digestOfSources();
  if (!force && outputs.every(existsSync) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // Without this, files whose source is gone would stay.
  rmSync(path.join(root, 'dist/src'), { recursive: true, force: true });
  rmSync(path.join(root, 'dist/.tsbuildinfo'), { force: true });
  await step('Compiling', [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']);
  await step('Bundling the workflows', [path.join(root, 'dist/src/worker/build-bundle.js')]);
  writeFileSync(stamp, wanted);
}

async function step(title, args) {
  const { code, stderr } = await run(process.execPath, args, { title });
  if (code === 0) return;
  const full = /ENOSPC|no space left/i.test(stderr) ? ' The disk is full: free some space, then start again.' : '';
  throw new SetupError(`${title} failed with exit code ${code}; the reason is above.${full}`);
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
