import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const emptyPayload = createHash('sha256').digest('hex');

/** Length and sums of a body, which are signed with the other headers. */
export function payloadHeaders(body: Uint8Array | undefined): Record<string, string> {
  if (body === undefined) return { 'x-amz-content-sha256': emptyPayload };
  return {
    'content-length': String(body.length),
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    'x-amz-checksum-crc32': crc32InBase64(body),
    'x-amz-sdk-checksum-algorithm': 'CRC32',
  };
}

/** As S3 writes a CRC-32: its four bytes, the highest first. */
export function crc32InBase64(bytes: Uint8Array): string {
  const sum = Buffer.allocUnsafe(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

/** RFC 3986 but for the slashes, as Signature Version 4 wants it. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, percent);
}

/** Without the question mark; as it is signed, and so as it is sent. Names are plain and in order. */
export function queryString(query: Record<string, string>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value).replace(/[!'()*]/g, percent)}`,
  );
  return pairs.join('&');
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
