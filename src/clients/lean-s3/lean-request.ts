import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  type AnswerMemory,
  copyOutput,
  getOutput,
  headOutput,
  type LeanAnswer,
  listOutput,
  partOutput,
  putOutput,
} from './lean-output.js';
import { verifyBody } from './verify-body.js';

/** A request of the S3 REST API before it is addressed and signed. */
export interface LeanRequest {
  /** Name of the operation. */
  operation: string;
  method: 'GET' | 'HEAD' | 'PUT';
  bucket: string;
  /** Empty for a request of the bucket itself. */
  key: string;
  /** Names in order. */
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Called with the answer before any of its body came. */
  onAnswer?: (answer: LeanAnswer) => void;
  /** Makes what the SDK's command gives out of the answer to it; undefined for an answer that the SDK has to read. */
  output(answer: LeanAnswer, memory: AnswerMemory | undefined): Promise<object | undefined> | object;
}

/**
 * The request for a command, or undefined for one that is left to the SDK: other operations, and inputs with fields that are
 * not written here. Headers and query as in the Amazon S3 API reference.
 */
export function leanRequestOf(command: unknown): LeanRequest | undefined {
  if (command instanceof GetObjectCommand) {
    const { Bucket, Key, Range, IfMatch, ...rest } = command.input;
    const headers = { range: Range, 'if-match': IfMatch, 'x-amz-checksum-mode': 'ENABLED' };
    return request('GetObject', 'GET', { Bucket, Key, rest }, { headers, output: getOutput, onAnswer: verifyBody });
  }
  if (command instanceof HeadObjectCommand) {
    const { Bucket, Key, IfMatch, ...rest } = command.input;
    return request(
      'HeadObject',
      'HEAD',
      { Bucket, Key, rest },
      { headers: { 'if-match': IfMatch }, output: headOutput },
    );
  }
  if (command instanceof PutObjectCommand) {
    const { Bucket, Key, Body, ContentType, ContentEncoding, Metadata, ...rest } = command.input;
    if (!(Body instanceof Uint8Array)) return undefined;
    const headers = {
      'content-type': ContentType ?? 'application/octet-stream',
      'content-encoding': ContentEncoding,
      ...metadataHeaders(Metadata),
    };
    return request('PutObject', 'PUT', { Bucket, Key, rest }, { headers, body: Body, output: putOutput });
  }
  if (command instanceof UploadPartCommand) {
    const { Bucket, Key, Body, UploadId, PartNumber, ChecksumAlgorithm = 'CRC32', ...rest } = command.input;
    if (!(Body instanceof Uint8Array) || UploadId === undefined || PartNumber === undefined) return undefined;
    if (ChecksumAlgorithm !== 'CRC32') return undefined;
    const query = { partNumber: String(PartNumber), uploadId: UploadId };
    const headers = { 'content-type': 'application/octet-stream' };
    const output = (answer: LeanAnswer) => partOutput(answer, Body);
    return request('UploadPart', 'PUT', { Bucket, Key, rest }, { headers, query, body: Body, output });
  }
  if (command instanceof ListObjectsV2Command) {
    const { Bucket, Prefix, ContinuationToken, StartAfter, MaxKeys, ...rest } = command.input;
    const query = {
      'continuation-token': ContinuationToken,
      'list-type': '2',
      'max-keys': MaxKeys === undefined ? undefined : String(MaxKeys),
      prefix: Prefix,
      'start-after': StartAfter,
    };
    return bucketRequest('ListObjectsV2', { Bucket, rest }, { query, output: listOutput });
  }
  if (command instanceof CopyObjectCommand) {
    const { Bucket, Key, CopySource, CopySourceIfMatch, ...rest } = command.input;
    const headers = { 'x-amz-copy-source': CopySource, 'x-amz-copy-source-if-match': CopySourceIfMatch };
    return request('CopyObject', 'PUT', { Bucket, Key, rest }, { headers, output: copyOutput });
  }
  return undefined;
}

interface Named {
  Bucket: string | undefined;
  Key: string | undefined;
  /** Fields of the input that nothing is made of. */
  rest: object;
}

function request(
  operation: string,
  method: LeanRequest['method'],
  { Bucket, Key, rest }: Named,
  parts: Pick<LeanRequest, 'output'> &
    Partial<Pick<LeanRequest, 'query' | 'body' | 'onAnswer'>> & { headers: Record<string, string | undefined> },
): LeanRequest | undefined {
  // An empty key would make an object request one of the bucket; the SDK has the message for it.
  if (!Bucket || !Key || hasMore(rest)) return undefined;
  const headers: Record<string, string> = {};
  for (const name in parts.headers) {
    const value = parts.headers[name];
    if (value === undefined) continue;
    if (!isPlain(value)) return undefined;
    headers[name] = value;
  }
  return { operation, method, bucket: Bucket, key: Key, query: {}, ...parts, headers };
}

function bucketRequest(
  operation: string,
  { Bucket, rest }: Omit<Named, 'Key'>,
  { query, output }: { query: Record<string, string | undefined>; output: LeanRequest['output'] },
): LeanRequest | undefined {
  if (!Bucket || hasMore(rest)) return undefined;
  const given: Record<string, string> = {};
  for (const name in query) if (query[name] !== undefined) given[name] = query[name];
  return { operation, method: 'GET', bucket: Bucket, key: '', query: given, headers: {}, output };
}

function hasMore(rest: object): boolean {
  for (const value of Object.values(rest)) if (value !== undefined) return true;
  return false;
}

/** Characters that are the same in every encoding of a header and in the text that is signed. */
function isPlain(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value) && value.trim() === value && !value.includes('  ');
}

function metadataHeaders(metadata: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name.toLowerCase()}`, value]),
  );
}
