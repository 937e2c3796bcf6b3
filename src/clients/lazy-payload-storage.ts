import { type DataConverter, ExternalStorage, type StorageDriver } from '@temporalio/common';
import { AlmanacError } from '../domain/errors.js';
import type { AwsSettings } from './s3.js';

/** Payloads above this are kept in S3 and referred to, so that histories stay small and below Temporal's 2 MB. */
export const payloadThreshold = 64 * 1024;

/** The name stands in every reference. */
export const s3Driver = { name: 'almanac-s3', type: 'almanac.s3' } as const;

export function converterOf(driver: StorageDriver): DataConverter {
  const drivers = [{ ...driver, store: storeOf(driver) }];
  return { externalStorage: new ExternalStorage({ drivers, payloadSizeThreshold: payloadThreshold }) };
}

/** Nothing is lost when the bucket takes no payload: nothing was sent to Temporal yet, and the same call may succeed later. */
function storeOf(driver: StorageDriver): StorageDriver['store'] {
  return async (context, payloads) => {
    try {
      return await driver.store(context, payloads);
    } catch (error) {
      throw new AlmanacError(
        'unavailable',
        `Almanac cannot store what is over ${payloadThreshold / 1024} KiB now: try again later`,
        {
          retryAfter: 5,
          forOperator: true,
          cause: error,
        },
      );
    }
  };
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
