import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createS3Client } from '../../../src/clients/s3.js';
import { failureOf, runStep } from './environment.js';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** What Amazon S3 answers: one object in each bucket, and for some buckets a refusal of some kind. */
const refusals: Record<string, Answer> = {
  moved: {
    status: 301,
    headers: { 'x-amz-bucket-region': 'eu-central-1' },
    body: error('PermanentRedirect', '<Endpoint>moved.s3.eu-central-1.amazonaws.com</Endpoint><Bucket>moved</Bucket>'),
  },
  'signed-elsewhere': { status: 400, body: error('AuthorizationHeaderMalformed', '<Region>eu-central-1</Region>') },
  'opted-in': {
    status: 400,
    headers: { 'x-amz-bucket-region': 'eu-central-1' },
    body: error('IllegalLocationConstraintException', ''),
  },
  'moved-somewhere': { status: 301, body: error('PermanentRedirect', '') },
  'not-s3': { status: 301, headers: { location: 'https://elsewhere.example/' } },
  'signed-badly': { status: 400, body: error('AuthorizationHeaderMalformed', '') },
  denied: { status: 403, body: error('AccessDenied', '') },
};
const listing = `<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount><Contents><Key>in/a</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag><Size>2</Size></Contents></ListBucketResult>`;

function error(code: string, more: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>as S3 says it</Message>${more}<RequestId>R</RequestId></Error>`;
}

let server: Server;
let requests: string[];
/** Refused only then. */
let isRefused: (method: string, isList: boolean) => boolean;

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'almanac';
  process.env.AWS_SECRET_ACCESS_KEY = 'almanac-local';
  requests = [];
  isRefused = () => true;
  server = createServer(({ method = 'GET', url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const bucket = pathname.split('/')[1] ?? '';
    const isList = searchParams.has('list-type');
    const refusal = isRefused(method, isList) ? refusals[bucket] : undefined;
    requests.push(`${method} ${bucket}`);
    if (refusal !== undefined) {
      const { status, headers, body = '' } = refusal;
      response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
    } else if (isList) {
      response.end(listing);
    } else {
      response.writeHead(200, { etag: '"e"', 'content-length': 2 }).end(method === 'HEAD' ? undefined : 'x\n');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const clients = {
  'our client': (url: string) => createS3Client({ region: 'us-east-1', s3Endpoint: url }),
  'the SDK': (url: string) => new S3Client({ region: 'us-east-1', endpoint: url, forcePathStyle: true }),
};

describe.each(Object.keys(clients) as (keyof typeof clients)[])('%s', (name) => {
  const s3 = () => clients[name](`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const target = { bucket: 'target', prefix: 'out/' };
  const asked = (bucket: string) => requests.filter((request) => request.endsWith(` ${bucket}`)).length;

  test.each(['moved', 'signed-elsewhere', 'opted-in'])(
    'a bucket of another region, %s: named once and for all',
    async (bucket) => {
      const failure = await failureOf(runStep(s3(), 's3.transform', { source: { bucket, prefix: 'in/' }, target }));
      expect(failure).toMatchObject({ type: 'WrongRegion', nonRetryable: true });
      expect(failure.message).toContain(`the bucket ${bucket} lies in the region eu-central-1, `);
      expect(failure.message).toContain('a worker whose AWS_REGION is eu-central-1');
      expect(asked(bucket)).toBe(1);
    },
  );

  test.each(['moved', 'opted-in'])('the same by the answer to a HEAD, which has no body: %s', async (bucket) => {
    const failure = await failureOf(runStep(s3(), 's3.copy', { source: { bucket, keys: ['in/a'] }, target }));
    expect(failure).toMatchObject({ type: 'WrongRegion', nonRetryable: true });
    expect(failure.message).toMatch(new RegExp(`^s3://${bucket}/in/a: .* the region eu-central-1, `));
    expect(asked(bucket)).toBe(1);
  });

  test('a target in another region is what is named', async () => {
    const step = { source: { bucket: 'source', prefix: 'in/' }, target: { bucket: 'moved', prefix: 'out/' } };
    for (const uses of ['s3.transform', 's3.copy'] as const) {
      const failure = await failureOf(runStep(s3(), uses, step));
      expect(failure).toMatchObject({ type: 'WrongRegion', nonRetryable: true });
      expect(failure.message).toMatch(/^s3:\/\/moved\/out\/: the bucket moved /);
    }
  });

  test('a redirection that does not say where to', async () => {
    const step = { source: { bucket: 'moved-somewhere', prefix: 'in/' }, target };
    const failure = await failureOf(runStep(s3(), 's3.transform', step));
    expect(failure).toMatchObject({ type: 'WrongRegion', nonRetryable: true });
    expect(failure.message).toContain('lies in another region');
  });

  test.each(['not-s3', 'signed-badly'])('%s is no matter of regions, and for good', async (bucket) => {
    const failure = await failureOf(runStep(s3(), 's3.transform', { source: { bucket, prefix: 'in/' }, target }));
    expect(failure).toMatchObject({ type: 'InvalidRequest', nonRetryable: true });
  });

  test('an object that may be listed and not read', async () => {
    isRefused = (_, isList) => !isList;
    const source = { bucket: 'denied', prefix: 'in/' };
    for (const step of [
      { source, target },
      { source, target: { bucket: 'target', key: 'all' } },
    ]) {
      const failure = await failureOf(runStep(s3(), 's3.transform', step));
      expect(failure).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
      expect(failure.message).toMatch(/^s3:\/\/denied\/in\/a: access is denied; .*as S3 says it/);
      expect(failure.details).toEqual([{ bucket: 'denied', key: 'in/a' }]);
    }
  });

  test('the same by the answer to a HEAD, which has no body', async () => {
    const failure = await failureOf(runStep(s3(), 's3.copy', { source: { bucket: 'denied', keys: ['in/a'] }, target }));
    expect(failure).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
    expect(failure.message).toMatch(/^s3:\/\/denied\/in\/a: access is denied/);
    expect(asked('denied')).toBe(1);
  });

  test('a target that may not be written', async () => {
    isRefused = (method) => method === 'PUT';
    const step = { source: { bucket: 'source', prefix: 'in/' }, target: { bucket: 'denied', prefix: 'out/' } };
    const failure = await failureOf(runStep(s3(), 's3.transform', step));
    expect(failure).toMatchObject({ type: 'AccessDenied', nonRetryable: true });
    expect(failure.message).toMatch(/^s3:\/\/denied\/out\/a: access is denied/);
  });
});
