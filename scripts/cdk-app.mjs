// What `cdk` runs (cdk.json): compiles the CDK app, renews the Lambda bundles, then lets the app write its templates. Needs
// neither AWS credentials nor Docker; types are checked by `npm run typecheck`, not here.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './setup/root.mjs';

const app = path.join(root, 'dist/cdk/app.js');
await build({
  entryPoints: [path.join(root, 'cdk/app.ts')],
  outfile: app,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
renewLambdas();
await import(pathToFileURL(app).href);

/** Unless that was done for these very sources. */
function renewLambdas() {
  const stamp = path.join(root, 'dist/lambda/.sources');
  const digest = digestOf(['package-lock.json', 'scripts/build-lambdas.mjs', 'scripts/lambda', 'src']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  // Standard output belongs to `cdk synth`, which prints a template there.
  execFileSync(process.execPath, [path.join(root, 'scripts/build-lambdas.mjs')], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  writeFileSync(stamp, digest);
}

/** Names and contents of files and of everything in folders. */
function digestOf(names) {
  const hash = createHash('sha256');
  for (const name of names.flatMap(filesIn))
    hash
      .update(`${name}\0`)
      .update(readFileSync(path.join(root, name)))
      .update('\0');
  return hash.digest('hex');
}

function filesIn(name) {
  if (statSync(path.join(root, name)).isFile()) return [name];
  return readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}
