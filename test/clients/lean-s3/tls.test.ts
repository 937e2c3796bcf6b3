import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, expect, test, vi } from 'vitest';
import { LeanS3Client } from '../../../src/clients/lean-s3/lean-s3-client.js';
import { createAuthority, issueCertificate } from '../../../src/deploy/cluster/certificates.js';

const body = randomBytes(3_000_123);
const { key, certificate: cert } = issueCertificate(createAuthority('test'), ['localhost']);
let connections = 0;
const received: Buffer[] = [];
const server = createServer({ key, cert }, async (request, response) => {
  for await (const chunk of request) received.push(chunk);
  response.writeHead(200, { 'content-length': request.method === 'GET' ? body.length : 0 });
  response.end(request.method === 'GET' ? body : undefined);
});
server.on('secureConnection', () => {
  connections += 1;
});
const listening = new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

async function client(): Promise<LeanS3Client> {
  await listening;
  const { port } = server.address() as AddressInfo;
  return new LeanS3Client({
    region: 'us-east-1',
    endpoint: `https://localhost:${port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' },
  });
}

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
});

/** Node reads a deciphered stream in pieces of its own, which are larger or smaller than what there is room for. */
test('over TLS bodies come through memory and go out whole, over connections that are kept', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const s3 = await client();
  const send: (command: GetObjectCommand, options: object) => Promise<{ Body?: unknown }> = s3.send.bind(s3);
  for (const size of [262_144, 1_000, 4_000_000]) {
    const memory: { buffer: Buffer; length?: number } = { buffer: Buffer.alloc(size) };
    const { Body } = await send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }), { memory });
    const pieces: Buffer[] = [];
    for await (const piece of Body as AsyncIterable<Buffer>) {
      pieces.push(Buffer.from(piece));
      if (pieces.length % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.concat(pieces).equals(body), `${size}`).toBe(true);
    expect(memory.length).toBe(size < body.length ? undefined : body.length);
  }
  expect(connections).toBe(1);
  const Body = randomBytes(200_000);
  await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body }));
  expect(Buffer.concat(received).equals(Body)).toBe(true);
  s3.destroy();
});

test('a certificate of an authority that is not known is refused', async () => {
  const s3 = await client();
  await expect(s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toThrow(/certificate|self.signed/);
  s3.destroy();
  server.close();
});
