import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { AssetHashType } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import type { ScheduleSet } from '../../src/domain/schedule-set.js';

/** End of the keys of all sets, this one's and those of earlier deploys. */
export const setExtension = '.schedules';

/** Above this a set is compressed; a small one can be read where it lies. */
const plainBytes = 64 * 1024;

export interface ScheduleSetAsset {
  readonly asset: Asset;
  /** SHA-256 of the set as JSON. */
  readonly digest: string;
}

/** The set as one object in S3: any number of files is one property of the custom resource, which holds few. */
export function createScheduleSetAsset(scope: Construct, id: string, set: ScheduleSet): ScheduleSetAsset {
  const text = canonicalJson(set);
  const digest = createHash('sha256').update(text).digest('hex');
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-set-'));
  try {
    const file = path.join(folder, `set${setExtension}`);
    writeFileSync(file, text.length > plainBytes ? gzipSync(text, { level: 9 }) : text);
    // By the content before compression, whose bytes differ between versions of zlib.
    const asset = new Asset(scope, id, { path: file, assetHash: digest, assetHashType: AssetHashType.CUSTOM });
    return { asset, digest };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
