/** One object of a listing, with the fields that S3 always gives. */
interface ListedObject {
  Key: string;
  LastModified?: Date;
  ETag: string;
  Size: number;
  StorageClass?: string;
}

interface Listing {
  Contents?: ListedObject[];
  IsTruncated: boolean;
  NextContinuationToken?: string;
  KeyCount?: number;
}

/**
 * Reads the answer to ListObjectsV2 (Amazon S3 API reference, "ListObjectsV2", "Response Syntax") in one pass: a general XML parser
 * takes ten times as long. Of each object the fields that Almanac reads and those that cost nothing.
 * Undefined for what is not written that plainly: common prefixes, encoded keys, comments, CDATA, or something else altogether.
 */
export function parseListing(xml: string): Listing | undefined {
  const start = xml.search(/<ListBucketResult[ >]/);
  if (start < 0 || !xml.includes('</ListBucketResult>', start)) return undefined;
  if (/<!|<CommonPrefixes>|<EncodingType>[^<]/.test(xml)) return undefined;
  const Contents: ListedObject[] = [];
  // What is not of an object: its own elements may come before, between and after them.
  let outside = '';
  let at = start;
  for (;;) {
    const begin = xml.indexOf(contentsTag, at);
    outside += begin < 0 ? xml.slice(at) : xml.slice(at, begin);
    if (begin < 0) break;
    const end = xml.indexOf('</Contents>', begin);
    const object = end < 0 ? undefined : parseObject(xml, begin + contentsTag.length, end);
    if (object === undefined) return undefined;
    Contents.push(object);
    at = end + '</Contents>'.length;
  }
  const truncated = textOf(outside, 0, outside.length, 'IsTruncated');
  const NextContinuationToken = textOf(outside, 0, outside.length, 'NextContinuationToken');
  const count = Number(textOf(outside, 0, outside.length, 'KeyCount'));
  if (truncated !== 'true' && truncated !== 'false') return undefined;
  // A listing that goes on and doesn't say where would end here, and nobody would see that it did.
  if (truncated === 'true' && !NextContinuationToken) return undefined;
  return {
    ...(Contents.length === 0 ? {} : { Contents }),
    IsTruncated: truncated === 'true',
    ...(NextContinuationToken === undefined ? {} : { NextContinuationToken }),
    ...(Number.isInteger(count) ? { KeyCount: count } : {}),
  };
}

const contentsTag = '<Contents>';

function parseObject(xml: string, from: number, to: number): ListedObject | undefined {
  const Key = textOf(xml, from, to, 'Key');
  const ETag = textOf(xml, from, to, 'ETag');
  const size = textOf(xml, from, to, 'Size');
  if (Key === undefined || ETag === undefined || size === undefined || !/^\d+$/.test(size)) return undefined;
  const modified = textOf(xml, from, to, 'LastModified');
  const StorageClass = textOf(xml, from, to, 'StorageClass');
  return {
    Key,
    ...(modified === undefined ? {} : { LastModified: new Date(modified) }),
    ETag,
    Size: Number(size),
    ...(StorageClass === undefined ? {} : { StorageClass }),
  };
}

/** Text of the first element of that name between the two places. */
function textOf(xml: string, from: number, to: number, name: string): string | undefined {
  const tag = `<${name}>`;
  const begin = xml.indexOf(tag, from);
  if (begin < 0 || begin >= to) return undefined;
  const start = begin + tag.length;
  const end = xml.indexOf('<', start);
  return end < 0 || end > to || !xml.startsWith(`</${name}>`, end) ? undefined : unescapeXml(xml.slice(start, end));
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text of an XML element with its references resolved. */
export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, entity) => {
    if (entity !== undefined) return entities[entity] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
