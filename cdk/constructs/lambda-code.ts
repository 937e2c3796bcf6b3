import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { projectRoot } from '../root.js';

/** The Lambdas, each a CommonJS bundle that exports `handler`: scripts/build-lambdas.mjs. */
export type LambdaBundle =
  | 'control'
  | 'callbacks'
  | 'schedules'
  | 'secrets'
  | 'fleet'
  | 'cluster-certificate'
  | 'run-task'
  | 'task-done';

/** The bundle of a Lambda. Bundles are made first when one is absent; `cdk synth` renews them all before it begins. */
export function lambdaCode(bundle: LambdaBundle): Code {
  const folder = path.join(projectRoot, 'dist/lambda', bundle);
  const digest = path.join(folder, 'digest');
  if (!existsSync(digest)) {
    execFileSync(process.execPath, [path.join(projectRoot, 'scripts/build-lambdas.mjs')], {
      cwd: projectRoot,
      stdio: ['ignore', 2, 2],
    });
  }
  // Of what runs: the code cache beside it differs from machine to machine, and is no reason to deploy.
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.CUSTOM,
    assetHash: readFileSync(digest, 'utf8').trim(),
  });
}
