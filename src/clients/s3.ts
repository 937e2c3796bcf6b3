import type { S3Client } from '@aws-sdk/client-s3';
import { LeanS3Client } from './lean-s3/lean-s3-client.js';

export interface AwsSettings {
  region: string;
  /** Set for an S3 server other than AWS, which is then addressed by path. */
  s3Endpoint?: string | undefined;
  sesEndpoint?: string | undefined;
}

/**
 * The SDK waits for ever unless told otherwise. A connection is there within seconds; S3 may be silent for minutes while it puts the parts
 * of an upload together.
 */
const patience = { connectionTimeout: 10_000, socketTimeout: 300_000 };

/** Credentials come from the SDK's usual chain. */
export function createS3Client(settings: AwsSettings): S3Client {
  return new LeanS3Client({
    region: settings.region,
    requestHandler: patience,
    ...(settings.s3Endpoint === undefined ? {} : { endpoint: settings.s3Endpoint, forcePathStyle: true }),
  });
}
