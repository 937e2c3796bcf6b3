import { existsSync } from 'node:fs';
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { ensureSearchAttributes } from '../../services/namespace/ensure-search-attributes.js';
import { projectRoot } from '../project-root.js';
import { resultBucket, sampleBucket } from '../samples/samples.js';
import { ensureBuckets, seedSamples } from '../samples/seed.js';
import type { PlatformContext } from './context.js';
import { payloadBucket } from './environment.js';

/** The namespace answers and knows the search attributes. */
export async function prepareNamespace(client: Client): Promise<void> {
  await client.withDeadline(Date.now() + 2_000, () =>
    client.workflowService.describeNamespace({ namespace: client.options.namespace }),
  );
  await ensureSearchAttributes(client);
}

/**
 * Buckets and sample data of the local S3; a real one is left as it is. Without the development dependencies there are
 * no samples. Returns the keys that were put.
 */
export async function prepareStorage(s3: S3Client, { config }: PlatformContext): Promise<string[]> {
  if (config.external.s3Endpoint !== undefined) return [];
  await ensureBuckets(s3, [payloadBucket, sampleBucket, resultBucket]);
  const datasets = path.join(projectRoot(), 'node_modules/vega-datasets/data');
  return existsSync(datasets) ? seedSamples(s3, datasets) : [];
}
