import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { leanRequestOf } from '../../src/clients/lean-s3/lean-request.js';
import { LeanS3Client } from '../../src/clients/lean-s3/lean-s3-client.js';
import { seeded } from '../activities/s3/random.js';
import { newBucket } from '../support/s3.js';

const credentials = { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' };
const options = () => ({
  region: 'us-east-1',
  endpoint: inject('s3Endpoint'),
  forcePathStyle: true,
  credentials,
});
const text = (body: unknown) => (body as { transformToString(): Promise<string> }).transformToString();

describe('against the S3 server, beside the SDK', () => {
  let lean: LeanS3Client;
  let sdk: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    lean = new LeanS3Client(options());
    sdk = new S3Client(options());
    Bucket = await newBucket(sdk);
  });
  afterAll(() => {
    lean.destroy();
    sdk.destroy();
  });

  const keys = ['a b', 'ü/ñ/日本', "it's (1)*!", 'a+b', '100%25', 'q?x=1&y#z', 'slash/'];
  it.each(keys)('key %j: what one wrote the other reads', async (Key) => {
    const Body = Key.endsWith('/') ? Buffer.alloc(0) : Buffer.from(`content of ${Key}`);
    await lean.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain', Metadata: { Who: 'lean' } }));
    const theirs = await sdk.send(new GetObjectCommand({ Bucket, Key }));
    expect(await text(theirs.Body)).toBe(Body.toString());
    const ours = await lean.send(new GetObjectCommand({ Bucket, Key }));
    expect(await text(ours.Body)).toBe(Body.toString());
    for (const field of ['ETag', 'ContentLength', 'ContentType', 'LastModified', 'Metadata'] as const) {
      expect(ours[field], field).toEqual(theirs[field]);
    }
    const [headOurs, headTheirs] = await Promise.all([
      lean.send(new HeadObjectCommand({ Bucket, Key })),
      sdk.send(new HeadObjectCommand({ Bucket, Key })),
    ]);
    expect(headOurs.ETag).toBe(headTheirs.ETag);
    expect(headOurs.Metadata).toEqual({ who: 'lean' });
  });

  it.each([
    ['comes into memory that is large enough', 16, true],
    ['comes through it piece by piece when it is larger', 4, false],
  ])('a body %s', async (_, size, isInIt) => {
    const Key = `memory-${size}`;
    await lean.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from('0123456789') }));
    const memory: { buffer: Buffer; length?: number } = { buffer: Buffer.alloc(size) };
    const send: (command: GetObjectCommand, options: object) => Promise<GetObjectCommandOutput> = lean.send.bind(lean);
    const { Body, ContentType, ETag } = await send(new GetObjectCommand({ Bucket, Key }), { memory });
    const pieces: Buffer[] = [];
    for await (const piece of Body as AsyncIterable<Buffer>) {
      expect(piece.buffer).toBe(memory.buffer.buffer);
      pieces.push(Buffer.from(piece));
    }
    expect(Buffer.concat(pieces).toString()).toBe('0123456789');
    expect(pieces).toHaveLength(isInIt ? 1 : 3);
    expect(memory.length).toBe(isInIt ? 10 : undefined);
    const theirs = await sdk.send(new HeadObjectCommand({ Bucket, Key }));
    expect({ ContentType, ETag }).toEqual({ ContentType: theirs.ContentType, ETag: theirs.ETag });
  });

  it('listings, page by page, of keys with all that XML escapes', async () => {
    const folder = 'list & "quotes"/';
    const names = ['<a>', 'b&amp;', "c'", 'd"', 'ü/日本', '😀', 'e f', 'g+%25', '&#34;'];
    for (const name of names) {
      await lean.send(new PutObjectCommand({ Bucket, Key: folder + name, Body: Buffer.from(name) }));
    }
    let ContinuationToken: string | undefined;
    let count = 0;
    do {
      const page = { Bucket, Prefix: folder, MaxKeys: 4, ContinuationToken };
      const theirs = await sdk.send(new ListObjectsV2Command(page));
      const ours = await lean.send(new ListObjectsV2Command(page));
      expect(theirs.Contents?.length).toBeGreaterThan(0);
      for (const field of ['KeyCount', 'IsTruncated', 'NextContinuationToken'] as const) {
        expect(ours[field], field).toEqual(theirs[field]);
      }
      const known = (theirs.Contents ?? []).map(({ Key, ETag, Size, LastModified, StorageClass }) => ({
        Key,
        ETag,
        Size,
        LastModified,
        StorageClass,
      }));
      expect(ours.Contents).toEqual(known);
      count += known.length;
      ContinuationToken = ours.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(count).toBe(names.length);
    const after = new ListObjectsV2Command({ Bucket, Prefix: folder, StartAfter: `${folder}g` });
    expect((await lean.send(after)).Contents).toHaveLength((await sdk.send(after)).Contents?.length ?? -1);
    const none = await lean.send(new ListObjectsV2Command({ Bucket, Prefix: 'none/' }));
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
    expect(none.Contents).toBeUndefined();
  });

  it('ranges, parts and copies', async () => {
    const Body = Buffer.from('0123456789');
    const { ETag } = await lean.send(new PutObjectCommand({ Bucket, Key: 'ten', Body }));
    const range = await lean.send(new GetObjectCommand({ Bucket, Key: 'ten', Range: 'bytes=3-', IfMatch: ETag }));
    expect(await text(range.Body)).toBe('3456789');
    const copy = await lean.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/ten` }));
    expect(copy.CopyObjectResult?.ETag).toBe(ETag);
    const { UploadId } = await lean.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = await lean.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: 1, Body }));
    expect(part.ETag).toMatch(/^"?[0-9a-f]{32}"?$/);
  });

  it('the same errors', async () => {
    const Key = 'present';
    await sdk.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const wrong = new S3Client({ ...options(), credentials: { ...credentials, secretAccessKey: 'wrong' } });
    const leanWrong = new LeanS3Client({ ...options(), credentials: { ...credentials, secretAccessKey: 'wrong' } });
    const cases = [
      [sdk, lean, () => new GetObjectCommand({ Bucket, Key: 'absent' })],
      [sdk, lean, () => new HeadObjectCommand({ Bucket, Key: 'absent' })],
      [sdk, lean, () => new GetObjectCommand({ Bucket: 'no-such-bucket-here', Key })],
      [sdk, lean, () => new GetObjectCommand({ Bucket, Key, IfMatch: '"other"' })],
      [sdk, lean, () => new ListObjectsV2Command({ Bucket: 'no-such-bucket-here' })],
      [sdk, lean, () => new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/absent` })],
      [wrong, leanWrong, () => new GetObjectCommand({ Bucket, Key })],
    ] as const;
    for (const [theirs, ours, command] of cases) {
      const expected = await theirs.send(command() as GetObjectCommand).catch((error: unknown) => error);
      const actual = await ours.send(command() as GetObjectCommand).catch((error: unknown) => error);
      expect(actual).toBeInstanceOf(Error);
      const { name, $metadata } = expected as { name: string; $metadata: { httpStatusCode: number } };
      expect(actual).toMatchObject({ name, $metadata: { httpStatusCode: $metadata.httpStatusCode } });
    }
  });
});

describe('against a server that misbehaves', () => {
  let server: Server;
  let requests = 0;
  let client: LeanS3Client;
  async function start(answer: RequestListener) {
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = new LeanS3Client({ ...options(), endpoint: `http://127.0.0.1:${port}` });
  }
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const get = (abortSignal?: AbortSignal) =>
    client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }), abortSignal === undefined ? {} : { abortSignal });

  it('503 and a reset are tried again, 403 is not', async () => {
    await start((request, response) => {
      if (requests === 1) response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      else if (requests === 2) request.socket.destroy();
      else response.writeHead(200).end('fine');
    });
    const { Body, $metadata } = await get();
    expect(await text(Body)).toBe('fine');
    expect($metadata.attempts).toBe(3);
    server.removeAllListeners('request');
    server.on('request', (_request, response) => {
      requests += 1;
      response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>not &amp; never</Message></Error>');
    });
    requests = 0;
    await expect(get()).rejects.toMatchObject({ name: 'AccessDenied', message: 'not & never' });
    expect(requests).toBe(1);
  });

  it('503 in chunks, as S3 sends it, is one request and then a pause, however many connections are idle', async () => {
    let isDown = false;
    await start((_request, response) => {
      // Without a length of its own: in chunks.
      if (isDown) response.writeHead(503).write('<Error><Code>SlowDown</Code></Error>');
      setTimeout(() => response.end(), 20);
    });
    const head = () => client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
    const copy = () => client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'b/a' }));
    await Promise.all(Array.from({ length: 20 }, head));
    isDown = true;
    for (const send of [head, copy, get]) {
      requests = 0;
      const name = send === head ? 'Unknown' : 'SlowDown';
      await expect(send()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 503 } });
      expect(requests).toBe(3);
    }
  });

  it('what comes in chunks is read as it is, by one request', async () => {
    const xml = '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>';
    await start(({ method }, response) => {
      response.writeHead(200, { etag: '"e"' });
      for (const letter of method === 'PUT' ? xml : 'body') response.write(letter);
      response.end();
    });
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'b/a' }));
    expect(CopyObjectResult?.ETag).toBe('"e"');
    const memory: { buffer: Buffer; length?: number } = { buffer: Buffer.alloc(10) };
    const request = new GetObjectCommand({ Bucket: 'b', Key: 'k' });
    await (client.send as (command: GetObjectCommand, options: object) => Promise<unknown>)(request, { memory });
    expect(memory.buffer.toString('latin1', 0, memory.length)).toBe('body');
    expect(requests).toBe(2);
  });

  it('a connection that was closed while idle is replaced at once', async () => {
    await start((_request, response) => response.writeHead(200, { 'content-length': 0 }).end());
    const head = () => client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
    await head();
    // The other side is gone by the time of the next request, and that is seen only then.
    server.prependOnceListener('request', (request) => request.socket.destroy());
    const { $metadata } = await head();
    expect($metadata.attempts).toBe(1);
    expect(requests).toBe(3);
  });

  it('who waits for a connection leaves at once on abort, and the next has its turn', async () => {
    const open: (() => void)[] = [];
    await start((_request, response) => {
      const answer = () => response.writeHead(200, { 'content-length': 0 }).end();
      if (requests <= 64) open.push(answer);
      else answer();
    });
    const head = (abortSignal?: AbortSignal) =>
      client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }), abortSignal === undefined ? {} : { abortSignal });
    const first = Array.from({ length: 64 }, () => head());
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const aborted = controllers.map(({ signal }) =>
      head(signal).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
    );
    const last = head();
    await vi.waitFor(() => expect(open).toHaveLength(64));
    for (const controller of controllers) controller.abort(new Error('no more'));
    expect(await Promise.all(aborted)).toEqual(Array.from({ length: 5 }, () => 'no more'));
    expect(requests).toBe(64);
    open.shift()?.();
    await last;
    for (const answer of open) answer();
    await Promise.all(first);
  });

  it('a body with another checksum than the one that came with it is an error after its last byte', async () => {
    await start((_request, response) => response.writeHead(200, { 'x-amz-checksum-crc32': 'AAAAAA==' }).end('changed'));
    const { Body } = await get();
    await expect(text(Body)).rejects.toThrow('crc32');
  });

  it('a body that is cut off is an error, also of a connection that ends with it', async () => {
    await start((request, response) => {
      response.writeHead(200, { connection: 'close' });
      response.write('half', () => request.socket.destroy());
    });
    await expect(get().then(({ Body }) => text(Body))).rejects.toThrow();
  });

  it('a large body of a connection that closes comes whole to a slow reader', async () => {
    const size = 5_000_000;
    await start((_request, response) => response.writeHead(200, { connection: 'close' }).end(Buffer.alloc(size)));
    const { Body } = await get();
    let length = 0;
    for await (const chunk of Body as AsyncIterable<Buffer>) {
      length += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(length).toBe(size);
  });

  it('is asked for odd keys, of which the S3 server here has no files, by the very path that the SDK takes', async () => {
    const paths: (string | undefined)[] = [];
    await start((request, response) => {
      paths.push(request.url);
      response.writeHead(200).end();
    });
    const { port } = server.address() as AddressInfo;
    const sdk = new S3Client({ ...options(), endpoint: `http://127.0.0.1:${port}` });
    for (const Key of ['x//y', '../up', './here', '/lead', 'a/../b', '.', '%2e', '\u0007', '~-_.']) {
      paths.length = 0;
      for (const s3 of [client, sdk]) await text((await s3.send(new GetObjectCommand({ Bucket: 'b', Key }))).Body);
      // The SDK names its operation in the query of a GET.
      expect(paths[0]).toBe(paths[1]?.replace('?x-id=GetObject', ''));
    }
    sdk.destroy();
  });

  it('a copy that fails after 200 is a failure', async () => {
    const text = '<Error><Code>InternalError</Code><Message>sorry</Message></Error>';
    await start((_request, response) => response.writeHead(200, { 'content-length': text.length }).end(text));
    const copy = new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'b/s' });
    await expect(client.send(copy)).rejects.toMatchObject({ name: 'InternalError' });
    expect(requests).toBe(3);
  });

  it('a part whose checksum S3 does not repeat has the one that was sent with it', async () => {
    const sent: unknown[] = [];
    await start((request, response) => {
      sent.push(request.headers['x-amz-checksum-crc32']);
      request.resume().on('end', () => response.writeHead(200, { etag: '"e"', 'content-length': 0 }).end());
    });
    const part = { Bucket: 'b', Key: 'k', UploadId: 'u', PartNumber: 1, Body: Buffer.from('hello') };
    const command = new UploadPartCommand({ ...part, ChecksumAlgorithm: 'CRC32' });
    expect(await client.send(command)).toMatchObject({ ETag: '"e"', ChecksumCRC32: 'NhCmhg==' });
    expect(sent).toEqual(['NhCmhg==']);
    expect(leanRequestOf(new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }))).toBeUndefined();
  });

  it('a listing of another form is asked for again as the SDK does, and no listing is cut off', async () => {
    const object = '<Key><![CDATA[a]]></Key><ETag>e</ETag><Size>1</Size>';
    const head = '<ListBucketResult><IsTruncated>false</IsTruncated>';
    await start((_request, response) => response.end(`${head}<Contents>${object}</Contents></ListBucketResult>`));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    expect(Contents).toMatchObject([{ Key: 'a', Size: 1 }]);
    expect(requests).toBe(2);
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.end(head));
    await expect(client.send(new ListObjectsV2Command({ Bucket: 'b' }))).rejects.toThrow();
  });

  it('an abort ends the request, and the reading', async () => {
    await start((_request, response) => void response.writeHead(200).write('half'));
    const controller = new AbortController();
    const { Body } = await get(controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(text(Body)).rejects.toThrow();
    await expect(get(AbortSignal.abort())).rejects.toThrow();
  });
});

describe('a body that comes through memory', () => {
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, line) => `line ${line}\n`).join(''));
  let server: Server;
  let sockets: Set<unknown>;
  let client: LeanS3Client;
  async function start(answer: RequestListener) {
    sockets = new Set();
    server = createServer((request, response) => {
      sockets.add(request.socket);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    client = new LeanS3Client({ ...options(), endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 });
  }
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  type Body = AsyncIterableIterator<Buffer> & { destroy(error?: Error): void };
  async function get(size: number, abortSignal?: AbortSignal): Promise<Body> {
    const send: (command: GetObjectCommand, options: object) => Promise<{ Body?: unknown }> = client.send.bind(client);
    const options = { memory: { buffer: Buffer.alloc(size) }, ...(abortSignal === undefined ? {} : { abortSignal }) };
    return (await send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }), options)).Body as Body;
  }
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  async function read(from: Body, pause: () => Promise<unknown> = async () => {}) {
    const pieces: Buffer[] = [];
    for await (const piece of from) {
      pieces.push(Buffer.from(piece));
      await pause();
    }
    return Buffer.concat(pieces);
  }
  /** In pieces of any size, some of them with a moment between. */
  async function inPieces(response: ServerResponse, headers = {}) {
    response.writeHead(200, { 'content-length': body.length, ...headers });
    const random = seeded(7);
    for (let at = 0; at < body.length; ) {
      const end = at + 1 + Math.floor(random() ** 4 * 900_000);
      response.write(body.subarray(at, end));
      at = end;
      if (random() < 0.2) await wait(2);
    }
    response.end();
  }

  it.each([1_000, 65_536, 100_001, 1_048_576])('of %i bytes: whole, and the connection is used again', async (size) => {
    await start((_request, response) => void inPieces(response));
    expect((await read(await get(size))).equals(body)).toBe(true);
    const slowly = size < 65_536 ? undefined : () => wait(1);
    expect((await read(await get(size), slowly)).equals(body)).toBe(true);
    expect(sockets.size).toBe(1);
  });

  it('many at once do not get into one another', async () => {
    await start((_request, response) => void inPieces(response));
    const all = await Promise.all(Array.from({ length: 12 }, async () => read(await get(200_000), () => wait(1))));
    expect(all.filter((one) => one.equals(body))).toHaveLength(12);
  });

  it('with another checksum than the one that came with it is an error after its last byte', async () => {
    await start((_request, response) => void inPieces(response, { 'x-amz-checksum-crc32': 'AAAAAA==' }));
    const got = await get(1_048_576);
    let length = 0;
    const all = async () => {
      for await (const piece of got) length += piece.length;
    };
    await expect(all()).rejects.toMatchObject({ code: 'BAD_CHECKSUM' });
    expect(length).toBe(body.length);
  });

  it('that is cut off is an error of the network', async () => {
    await start((request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 1_500_000), () => setTimeout(() => request.socket.destroy(), 20));
    });
    await expect(get(1_048_576).then((got) => read(got))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('that moves slowly is seen to move', async () => {
    await start(async (_request, response) => {
      response.writeHead(200, { 'content-length': 4_000 });
      for (let piece = 0; piece < 8; piece += 1) {
        response.write(Buffer.alloc(500, piece));
        await wait(150);
      }
      response.end();
    });
    const lengths: number[] = [];
    for await (const piece of await get(3_999)) lengths.push(piece.length);
    expect(lengths.length).toBeGreaterThan(2);
    expect(lengths.reduce((sum, length) => sum + length)).toBe(4_000);
  });

  it('that nobody asks for stops the server, and one that is let go ends the connection', async () => {
    let sent = 0;
    let closed = false;
    const length = 64 * 1024 * 1024;
    await start((request, response) => {
      request.socket.on('close', () => (closed = true));
      response.writeHead(200, { 'content-length': length });
      const more = () => {
        while (sent < length && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (sent < length) response.once('drain', more);
      };
      more();
    });
    const got = await get(1_048_576);
    await got.next();
    await wait(100);
    expect(sent).toBeLessThan(length / 2);
    got.destroy();
    await vi.waitFor(() => expect(closed).toBe(true));
    await expect(got.next()).rejects.toThrow('let go');
  });

  it('ends with the reason of an abort', async () => {
    await start((_request, response) => void response.writeHead(200, { 'content-length': 5_000_000 }).write('half'));
    const controller = new AbortController();
    const got = await get(1_048_576, controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(read(got)).rejects.toThrow('enough');
  });

  it('that is longer than was announced is an error', async () => {
    await start(
      (request) => void request.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n${'x'.repeat(11)}`),
    );
    await expect(get(4).then((got) => read(got))).rejects.toThrow('more came than was announced');
  });

  it('an answer without a length comes as a stream', async () => {
    await start((_request, response) => void response.writeHead(200).write('no ', () => response.end('length')));
    const got = await get(4);
    expect(got).toBeInstanceOf(Readable);
    expect((await read(got)).toString()).toBe('no length');
  });
});

describe('what is left to the SDK', () => {
  it.each([
    new GetObjectCommand({ Bucket: 'b', Key: 'k', VersionId: 'v' }),
    new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'text' }),
    new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Buffer.alloc(1), Metadata: { name: 'Zoë' } }),
    new CreateMultipartUploadCommand({ Bucket: 'b', Key: 'k' }),
    new HeadObjectCommand({ Bucket: 'b', Key: '' }),
    new ListObjectsV2Command({ Bucket: 'b', Delimiter: '/' }),
    new ListObjectsV2Command({ Bucket: 'b', EncodingType: 'url' }),
  ])('%#', (command) => expect(leanRequestOf(command)).toBeUndefined());
});
