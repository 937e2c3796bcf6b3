import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { projectRoot } from '../root.js';

/** The Lambdas, each a CommonJS bundle that exports `handler`. */
export type LambdaBundle = 'control' | 'callbacks' | 'schedules' | 'secrets' | 'fleet';

/** The bundle of a Lambda. Bundles are made first when one is absent; `cdk synth` renews them all before it begins. */
export function lambdaCode(bundle: LambdaBundle): Code {
  const folder = path.join(projectRoot, 'dist/lambda', bundle);
  if (!existsSync(path.join(folder, 'index.js'))) {
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts/build-lambdas.mjs')], {
      cwd: projectRoot,
      stdio: ['ignore', 2, 2],
    });
  }
  return Code.fromAsset(folder);
}
