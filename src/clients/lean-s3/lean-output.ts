import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import { checkOf, checkWhole } from './body-check.js';
import { parseListing, unescapeXml } from './listing-xml.js';
import { readAll, textOf } from './read-all.js';
import { crc32InBase64 } from './request-form.js';
import { WholeBody } from './whole-body.js';
import { WireBody } from './wire-body.js';

/** An answer of S3: its body came whole, or is still to be read. */
export interface LeanAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingMessage | WireBody | Buffer;
}

/**
 * Memory that a reader brings for a body. Whoever finds the body in it needs no stream to read, and none is made; one that is longer
 * comes through it, each piece right until the next is asked for.
 */
export interface AnswerMemory {
  readonly buffer: Buffer;
  /** Bytes of the body, once all of it is there and is what its checksum says. */
  length?: number;
}

/** As of GetObject; where the body went into `memory`, the few fields that its reader may want. */
export async function getOutput(answer: LeanAnswer, memory?: AnswerMemory) {
  const { body } = answer;
  if (body instanceof WireBody) {
    body.check = checkOf(answer);
    return { ...describedObject(answer), Body: body };
  }
  if (!Buffer.isBuffer(body)) return { ...describedObject(answer), Body: sdkStreamMixin(body) };
  await checkWhole(answer, body);
  if (memory === undefined || body.buffer !== memory.buffer.buffer) {
    return { ...describedObject(answer), Body: new WholeBody(body) };
  }
  memory.length = body.length;
  return new OutputInMemory(answer, body);
}

class OutputInMemory {
  readonly ContentEncoding: string | undefined;
  readonly ContentLength: number;
  readonly ContentType: string | undefined;
  readonly ETag: string | undefined;
  readonly #bytes: Buffer;
  #stream: WholeBody | undefined;

  constructor({ headers }: LeanAnswer, bytes: Buffer) {
    this.ContentEncoding = headers['content-encoding'];
    this.ContentLength = bytes.length;
    this.ContentType = headers['content-type'];
    this.ETag = headers.etag;
    this.#bytes = bytes;
  }

  get Body(): WholeBody {
    this.#stream ??= new WholeBody(this.#bytes);
    return this.#stream;
  }
}

/** As of HeadObject. */
export async function headOutput(answer: LeanAnswer) {
  await readAll(answer.body);
  return describedObject(answer);
}

/** As of PutObject. */
export async function putOutput(answer: LeanAnswer) {
  await readAll(answer.body);
  const header = headerOf(answer);
  return {
    ETag: header('etag'),
    VersionId: header('x-amz-version-id'),
    ChecksumCRC32: header('x-amz-checksum-crc32'),
  };
}

/** As of UploadPart. The checksum that was sent with the part is also there when S3 does not repeat it: the end of the upload names it. */
export async function partOutput(answer: LeanAnswer, body: Uint8Array) {
  const { ChecksumCRC32 = crc32InBase64(body), ...output } = await putOutput(answer);
  return { ...output, ChecksumCRC32 };
}

/** As of CopyObject, which may tell of a failure after it began to answer with 200. */
export async function copyOutput(answer: LeanAnswer) {
  const text = await textOf(answer.body);
  const etag = element(text, 'ETag');
  if (etag === undefined) throw exceptionOf({ ...answer, status: 503 }, text);
  const modified = element(text, 'LastModified');
  return {
    CopyObjectResult: { ETag: etag, LastModified: modified === undefined ? undefined : new Date(modified) },
    VersionId: headerOf(answer)('x-amz-version-id'),
  };
}

/** As of ListObjectsV2: what is asked for without a delimiter. Undefined for an answer that is not written as S3 writes it. */
export async function listOutput(answer: LeanAnswer) {
  return parseListing(await textOf(answer.body));
}

function describedObject(answer: LeanAnswer) {
  const header = headerOf(answer);
  const length = header('content-length');
  const modified = header('last-modified');
  return {
    AcceptRanges: header('accept-ranges'),
    CacheControl: header('cache-control'),
    ChecksumCRC32: header('x-amz-checksum-crc32'),
    ContentDisposition: header('content-disposition'),
    ContentEncoding: header('content-encoding'),
    ContentLanguage: header('content-language'),
    ContentLength: length === undefined ? undefined : Number(length),
    ContentRange: header('content-range'),
    ContentType: header('content-type'),
    ETag: header('etag'),
    ExpiresString: header('expires'),
    LastModified: modified === undefined ? undefined : new Date(modified),
    Metadata: metadataOf(answer),
    ServerSideEncryption: header('x-amz-server-side-encryption'),
    SSEKMSKeyId: header('x-amz-server-side-encryption-aws-kms-key-id'),
    StorageClass: header('x-amz-storage-class'),
    VersionId: header('x-amz-version-id'),
  };
}

const metadataPrefix = 'x-amz-meta-';

function metadataOf({ headers }: LeanAnswer): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name in headers) {
    if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = String(headers[name]);
  }
  return metadata;
}

export function headerOf({ headers }: Pick<LeanAnswer, 'headers'>): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
}

/** The error that the SDK would throw; HEAD has no body and so only a status to tell by. */
export function exceptionOf(answer: LeanAnswer, text: string): S3ServiceException {
  const { status } = answer;
  const header = headerOf(answer);
  const name =
    element(text, 'Code') ?? (status === 404 ? 'NotFound' : status === 412 ? 'PreconditionFailed' : 'Unknown');
  const exception = new S3ServiceException({
    name,
    $fault: status < 500 ? 'client' : 'server',
    message: element(text, 'Message') ?? `S3 answered with status ${status}`,
    $metadata: {
      httpStatusCode: status,
      requestId: header('x-amz-request-id'),
      extendedRequestId: header('x-amz-id-2'),
    },
  });
  // As of the SDK: what tells where a bucket is that was asked for in the wrong region.
  const region = header('x-amz-bucket-region') ?? element(text, 'Region');
  return region === undefined ? exception : Object.assign(exception, { Region: region });
}

/** Text of the only element of that name: S3's errors and copy results are flat. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? undefined : unescapeXml(text);
}
