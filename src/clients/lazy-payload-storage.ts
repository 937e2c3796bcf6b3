import { type DataConverter, ExternalStorage, type StorageDriver } from '@temporalio/common';
import type { AwsSettings } from './s3.js';

/** Payloads above this are kept in S3 and referred to, so that histories stay small and below Temporal's 2 MB. */
export const payloadThreshold = 64 * 1024;

/** The name stands in every reference. */
export const s3Driver = { name: 'almanac-s3', type: 'almanac.s3' } as const;

export function converterOf(driver: StorageDriver): DataConverter {
  return { externalStorage: new ExternalStorage({ drivers: [driver], payloadSizeThreshold: payloadThreshold }) };
}

/** `createDataConverter` for a Lambda: S3's client is loaded by the first large payload, and most calls have none. */
export function createLazyDataConverter(aws: AwsSettings, bucket: string | undefined): DataConverter {
  if (bucket === undefined) return {};
  let loading: Promise<StorageDriver> | undefined;
  const load = async (): Promise<StorageDriver> => {
    const [{ createS3Client }, { s3PayloadDriver }] = await Promise.all([
      import('./s3.js'),
      import('./payload-storage.js'),
    ]);
    return s3PayloadDriver(createS3Client(aws), bucket);
  };
  const driver = () => {
    loading ??= load();
    return loading;
  };
  return converterOf({
    ...s3Driver,
    store: async (context, payloads) => (await driver()).store(context, payloads),
    retrieve: async (context, claims) => (await driver()).retrieve(context, claims),
  });
}
