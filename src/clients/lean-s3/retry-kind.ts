import { S3ServiceException } from '@aws-sdk/client-s3';
import type { RetryErrorType } from '@smithy/types';

const throttling = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);

/** As the SDK tells them apart; no answer at all, which only an error of the network has a code for, is worth a retry too. */
export function errorTypeOf(error: Error): RetryErrorType {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status === 429 || throttling.has(error.name)) return 'THROTTLING';
  if (status === undefined) return isNetworkError(error) ? 'TRANSIENT' : 'CLIENT_ERROR';
  if ([500, 502, 503, 504].includes(status) || error.name === 'RequestTimeout') return 'TRANSIENT';
  return status >= 500 ? 'SERVER_ERROR' : 'CLIENT_ERROR';
}

function isNetworkError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_');
}
