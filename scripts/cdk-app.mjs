// What `cdk` runs (cdk.json): compiles the CDK app, renews the Lambda bundles, then lets the app write its templates. Needs
// neither AWS credentials nor Docker; types are checked by `npm run typecheck`, not here.
import { execFileSync } from 'node:child_process';
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
// Standard output belongs to `cdk synth`, which prints a template there.
if (!process.env.SKIPL)
  execFileSync(process.execPath, [path.join(root, 'scripts/build-lambdas.mjs')], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
await import(pathToFileURL(app).href);
