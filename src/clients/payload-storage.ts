import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type DataConverter, type Payload, type StorageDriver, StorageDriverClaim } from '@temporalio/common';
import protos from '@temporalio/proto';
import { converterOf, s3Driver } from './lazy-payload-storage.js';

const proto = protos.temporal.api.common.v1.Payload;

/**
 * The data converter that workers and clients share. With a bucket, large payloads go to S3 by content hash: the same
 * payload stored twice is one object, so retries leave nothing behind.
 */
export function createDataConverter(s3: S3Client | undefined, bucket: string | undefined): DataConverter {
  if (s3 === undefined || bucket === undefined) return {};
  return converterOf(s3PayloadDriver(s3, bucket));
}

export function s3PayloadDriver(s3: S3Client, bucket: string): StorageDriver {
  return {
    ...s3Driver,
    store: (context, payloads) =>
      Promise.all(
        payloads.map(async (payload) => {
          const bytes = proto.encode(payload).finish();
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          const key = `payloads/${sha256.slice(0, 2)}/${sha256}`;
          await s3.send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: Buffer.from(bytes),
              ContentType: 'application/x-protobuf',
            }),
            context.abortSignal ? { abortSignal: context.abortSignal } : {},
          );
          return new StorageDriverClaim({ bucket, key, sha256 });
        }),
      ),
    retrieve: (context, claims) =>
      Promise.all(
        claims.map(async ({ claimData }): Promise<Payload> => {
          const { Body } = await s3.send(
            new GetObjectCommand({ Bucket: claimData.bucket, Key: claimData.key }),
            context.abortSignal ? { abortSignal: context.abortSignal } : {},
          );
          const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
          if (createHash('sha256').update(bytes).digest('hex') !== claimData.sha256) {
            throw new Error(`payload s3://${claimData.bucket}/${claimData.key} is not what was stored there`);
          }
          return proto.decode(bytes);
        }),
      ),
  };
}
