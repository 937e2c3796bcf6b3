import { IgnoreMode } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { Construct } from 'constructs';
import { projectRoot } from '../root.js';
import type { Settings } from '../settings/schema.js';

/** The worker's image and the build id of its version: the digest of all that the image is made from. */
export interface WorkerImage {
  readonly asset: DockerImageAsset;
  readonly buildId: string;
}

/** Hashed at synth, built by Docker at deploy: only what .dockerignore lets through counts. */
export function createWorkerImage(scope: Construct, { worker }: Pick<Settings, 'worker'>): WorkerImage {
  const asset = new DockerImageAsset(scope, 'Image', {
    directory: projectRoot,
    platform: worker.architecture === 'arm64' ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    ignoreMode: IgnoreMode.DOCKER,
    displayName: 'Almanac worker',
  });
  return { asset, buildId: asset.assetHash.slice(0, 16) };
}
