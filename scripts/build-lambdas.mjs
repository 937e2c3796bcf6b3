// node scripts/build-lambdas.mjs: dist/lambda/<name>/index.js with `handler`, one folder a Lambda, ready to be zipped.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chunked, inTwoScripts } from './lambda/chunks.mjs';
import { codeCache } from './lambda/code-cache.mjs';
import { lazyModules } from './lambda/lazy-modules.mjs';
import { englishZod, lazyBuiltins, withoutUnused } from './lambda/lean-modules.mjs';
import { prunedProtos } from './lambda/temporal-protos.mjs';
import { root } from './setup/root.mjs';

/** People wait for the answers of the first two; the others run while a stack is deployed. */
const lambdas = [
  { name: 'control', entry: 'src/api/lambda-control.ts', isLean: true },
  { name: 'callbacks', entry: 'src/api/lambda-callbacks.ts', isLean: true },
  { name: 'schedules', entry: 'src/deploy/schedules-handler.ts', isLean: false },
  { name: 'secrets', entry: 'src/deploy/secrets-handler.ts', isLean: false },
  { name: 'fleet', entry: 'src/deploy/fleet-handler.ts', isLean: false },
  { name: 'cluster-certificate', entry: 'src/deploy/cluster-certificate-handler.ts', isLean: false },
  { name: 'run-task', entry: 'src/deploy/run-task-handler.ts', isLean: false },
  { name: 'task-done', entry: 'src/deploy/task-done-handler.ts', isLean: false },
];

/**
 * Bundles every Lambda whose entry exists. The same sources give the same bytes, but for the code cache, which is kept while the bundle is.
 *
 * @param {{ out?: string, names?: string[], node?: string[] | null }} options `node`: the command of the Node that Lambda runs, for its code
 * cache; null makes none; left out, ALMANAC_LAMBDA_NODE, or `npx -y node@24` on a machine of Lambda's kind
 * @returns {Promise<{ name: string, folder: string, digest: string, bytes: number, codeCache: string | undefined }[]>} `digest`: of what runs,
 * without the code cache, which differs from machine to machine
 */
export async function buildLambdas({ out = path.join(root, 'dist/lambda'), names, node } = {}) {
  const wanted = lambdas.filter(
    ({ name, entry }) => (names?.includes(name) ?? true) && existsSync(path.join(root, entry)),
  );
  return Promise.all(wanted.map((lambda) => buildOne(lambda, path.join(out, lambda.name), node)));
}

async function buildOne({ name, entry, isLean }, folder, node) {
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  try {
    await (isLean ? bundleLean(entry, next) : bundlePlain(entry, path.join(next, 'index.js')));
    // The repository's own package.json says that .js is ESM.
    writeFileSync(path.join(next, 'package.json'), '{"type":"commonjs"}\n');
    const digest = digestOf(next);
    const cache = isLean ? await codeCache({ next, last: folder, digest, node }) : undefined;
    writeFileSync(path.join(next, 'digest'), `${digest}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(next, folder);
    const file = path.join(folder, isLean ? 'app.js' : 'index.js');
    return { name, folder, digest, bytes: readFileSync(file).length, codeCache: cache };
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** What everything here has in common. jsonc-parser's `main` is UMD, which can't be bundled: its `module` goes first. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  metafile: true,
  logLevel: 'warning',
};

/** A bundle as esbuild makes it, without anything done for a fast start. */
export async function bundlePlain(entry, outfile) {
  await build({ ...common, entryPoints: [entry], outfile });
}

/** app.js and later.js with the loader before them. Names stay, so that a stack in a log can be read. */
async function bundleLean(entry, folder) {
  const sources = sourcesOf(entry);
  const built = await build({
    ...common,
    ...chunked(entry),
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [lazyModules, lazyBuiltins, withoutUnused, englishZod, prunedProtos(sources)],
  });
  const { first, later } = await inTwoScripts(built);
  writeFileSync(path.join(folder, 'app.js'), first);
  writeFileSync(path.join(folder, 'later.js'), later);
  cpSync(path.join(root, 'scripts/lambda/loader.cjs'), path.join(folder, 'index.js'));
}

/** Texts of the modules that the bundle has, ours and those of the SDK that talk to Temporal. */
export function sourcesOf(entry) {
  return async () => {
    const { metafile } = await build({ ...common, entryPoints: [entry], write: false });
    const files = Object.keys(metafile.inputs);
    const read = (pattern) =>
      Promise.all(files.filter((file) => pattern.test(file)).map((file) => readFile(path.join(root, file), 'utf8')));
    return { own: await read(/^src\//), sdk: await read(/node_modules\/@temporalio\/(?:client|common)\/lib\//) };
  };
}

function digestOf(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, bytes, codeCache: cache } of await buildLambdas()) {
    process.stdout.write(`${name}: ${Math.round(bytes / 1024)} KiB, ${cache ?? 'no code cache'}\n`);
  }
}
