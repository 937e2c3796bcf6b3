import { ApplicationFailure } from '@temporalio/common';
import { bucketRegionOf, isOfAnotherRegion } from './bucket-region.js';

/** What is being read or written: every failure names it. */
export interface Place {
  bucket: string;
  key?: string | undefined;
}

/** Kinds of failure of the S3 steps (`type` of the failure, what `retry.nonRetryable` names) and whether a retry may help. */
const retryable = {
  NoSuchBucket: false,
  NoSuchKey: false,
  NoSuchUpload: true,
  AccessDenied: false,
  WrongRegion: false,
  ObjectArchived: false,
  InvalidRequest: false,
  CorruptInput: false,
  UnsupportedCompression: false,
  TargetInsideSource: false,
  TargetCollision: false,
  InvalidReplacement: false,
  LineTooLong: false,
  TooManyFailed: false,
  SourceChanged: true,
  CopyNotVerified: true,
  SlowDown: true,
  ReadFailed: true,
  S3Unavailable: true,
} as const;

export type S3FailureKind = keyof typeof retryable;

/** A typed failure whose message names bucket and key. */
export function s3Failure(kind: S3FailureKind, place: Place, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: kind,
    nonRetryable: !retryable[kind],
    message: `${describe(place)}: ${message}`,
    details: [{ bucket: place.bucket, ...(place.key === undefined ? {} : { key: place.key }) }],
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** `s3://bucket/key`, as the AWS command line writes it. */
export function describe({ bucket, key }: Place): string {
  return `s3://${bucket}/${key ?? ''}`;
}

/** Makes one S3 call; what it throws becomes a typed failure. A cancellation stays the cancellation that it is. */
export async function callS3<T>(place: Place, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    throw asS3Failure(error, place);
  }
}

/** An error of the AWS SDK or of the network as a typed failure; an ApplicationFailure stays as it is. */
export function asS3Failure(error: unknown, place: Place): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const { name, status, message } = inspect(error);
  const region = bucketRegionOf(error);
  if (isOfAnotherRegion(name, status, region)) {
    return s3Failure('WrongRegion', place, `${explainRegion(place, region)} (${name}: ${message})`, error);
  }
  const kind = kindOf(name, status, place);
  return s3Failure(kind, place, `${explanation[kind] ?? 'the S3 call failed'} (${name}: ${message})`, error);
}

const explanation: Partial<Record<S3FailureKind, string>> = {
  NoSuchBucket: 'the bucket does not exist',
  NoSuchKey: 'the object does not exist; if it was listed, it was deleted meanwhile',
  AccessDenied: "access is denied; check the bucket policy and the worker's role",
  NoSuchUpload: 'its multipart upload was aborted or written to by somebody else',
  ObjectArchived: 'the object is archived; restore it first',
  InvalidRequest: 'S3 refused the request',
  SourceChanged: 'the object was changed while it was read',
  SlowDown: 'S3 asks to slow down',
  S3Unavailable: 'S3 does not answer',
};

function explainRegion({ bucket }: Place, region: string | undefined): string {
  const [where, wanted] = region === undefined ? ['another region', 'its region'] : [`the region ${region}`, region];
  return (
    `the bucket ${bucket} lies in ${where}, and this worker asks for it in its own; ` +
    `take a bucket of the worker's region, or a worker whose AWS_REGION is ${wanted}`
  );
}

/** By the error codes of the Amazon S3 API reference ("Error responses"); HEAD has no body and so only a status. */
function kindOf(name: string, status: number | undefined, place: Place): S3FailureKind {
  switch (name) {
    case 'NoSuchBucket':
    case 'NoSuchKey':
    case 'NoSuchUpload':
    case 'AccessDenied':
    case 'SlowDown':
      return name;
    case 'PreconditionFailed':
    case 'InvalidRange': // of an object that was longer when it was listed
      return 'SourceChanged';
    case 'InvalidPart':
      return 'NoSuchUpload';
    case 'InvalidObjectState':
      return 'ObjectArchived';
    case 'InvalidAccessKeyId':
    case 'XAdminUserNotFound': // versitygw's word for it, with status 404
    case 'SignatureDoesNotMatch':
    case 'CredentialsProviderError':
    case 'AllAccessDisabled':
      return 'AccessDenied';
    case 'Throttling':
    case 'ThrottlingException':
    case 'RequestLimitExceeded':
    case 'TooManyRequestsException':
      return 'SlowDown';
    case 'RequestTimeout':
    case 'RequestTimeTooSkewed':
    case 'BadDigest':
    case 'IncompleteBody':
    case 'OperationAborted':
      return 'S3Unavailable';
  }
  if (status === 401 || status === 403) return 'AccessDenied';
  if (status === 404 && name === 'NotFound') return place.key === undefined ? 'NoSuchBucket' : 'NoSuchKey';
  if (status === 412) return 'SourceChanged';
  if (status === 429 || status === 503) return 'SlowDown';
  // A redirection is another address for good, which no further attempt finds; 307 is one of the moment, for a bucket that is new.
  if (status === 301 || status === 308) return 'InvalidRequest';
  return status !== undefined && status >= 400 && status < 500 ? 'InvalidRequest' : 'S3Unavailable';
}

function inspect(error: unknown): { name: string; status: number | undefined; message: string } {
  if (!(error instanceof Error)) return { name: 'Error', status: undefined, message: String(error) };
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return { name: error.name, status: typeof status === 'number' ? status : undefined, message: error.message };
}

/** True for a failure that {@link s3Failure} made of this kind. */
export function isFailure(error: unknown, kind: S3FailureKind): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === kind;
}
