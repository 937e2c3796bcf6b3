import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { createDataConverter } from '../../clients/payload-storage.js';
import { createS3Client } from '../../clients/s3.js';
import { createTemporalClient } from '../../clients/temporal.js';
import { type LocalConfig, loadTemporalConfig } from '../../config.js';
import type { Endpoints } from './endpoints.js';
import { payloadBucket } from './environment.js';

export interface PlatformClients {
  temporal: Client;
  s3: S3Client;
}

/** Clients of the parts as worker and API see them; expects that the environment is the platform's own. */
export function platformClients(config: LocalConfig, endpoints: Endpoints): PlatformClients {
  const s3 = createS3Client({ region: config.region, s3Endpoint: endpoints.s3 });
  const bucket = process.env.ALMANAC_PAYLOAD_BUCKET ?? payloadBucket;
  return { s3, temporal: createTemporalClient(loadTemporalConfig(), createDataConverter(s3, bucket)) };
}
