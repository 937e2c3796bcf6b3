import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MemoryS3 {
  readonly url: string;
  /** By `bucket/key`. */
  readonly objects: Map<string, Buffer>;
  close(): Promise<void>;
}

/**
 * As much of S3 as small objects need, in memory: one over a file system can't hold keys such as `a/../b`. A key is taken from the
 * request's path as it stands, as S3 does it; whoever tidies the path up on its way asks for another object.
 */
export async function startMemoryS3(): Promise<MemoryS3> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    answer(objects, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(objects: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request;
  const [path = '', query] = (request.url ?? '').split('?');
  const parameters = new URLSearchParams(query);
  const name = decodeURIComponent(path.slice(1));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (parameters.has('list-type')) {
    return void response.end(listing(objects, name.replace(/\/$/, ''), parameters.get('prefix') ?? ''));
  }
  const copied = headers['x-amz-copy-source'];
  if (method === 'PUT') {
    const body =
      copied === undefined ? Buffer.concat(chunks) : objects.get(decodeURIComponent(String(copied)).replace(/^\//, ''));
    if (body === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    objects.set(name, body);
    response.setHeader('etag', etagOf(body));
    return void response.end(copied && `<CopyObjectResult><ETag>${etagOf(body)}</ETag></CopyObjectResult>`);
  }
  const body = objects.get(name);
  if (body === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  if (method === 'DELETE') {
    objects.delete(name);
    return void response.writeHead(204).end();
  }
  response.writeHead(200, { etag: etagOf(body), 'content-length': body.length }).end(method === 'HEAD' ? '' : body);
}

function listing(objects: Map<string, Buffer>, bucket: string, prefix: string): string {
  const start = `${bucket}/${prefix}`;
  const names = [...objects.keys()].filter((name) => name.startsWith(start)).sort();
  const contents = names.map((name) => {
    const body = objects.get(name) ?? Buffer.alloc(0);
    const fields = `<ETag>${etagOf(body)}</ETag><Size>${body.length}</Size>`;
    return `<Contents><Key>${name.slice(bucket.length + 1)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>${fields}</Contents>`;
  });
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
