import { crc32 } from 'node:zlib';
import type { CreateMultipartUploadCommandInput, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createS3Client } from '../../../src/clients/s3.js';
import { type Answered, type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { dyingS3, failureOf, interposedS3, put, runStep, sha256 } from './environment.js';

/**
 * What S3 demands of the checksums of an upload's parts, looked for on the wire: AWS refuses requests here that the local server
 * takes.
 */
const s3 = testS3();
const line = 'a line that is kept as it is\n';
const body = Buffer.from(line.repeat(Math.ceil((20 * 1024 * 1024) / line.length)));
let proxy: FaultProxy;

beforeEach(async () => {
  proxy = await startFaultProxy(inject('s3Endpoint'), () => 1);
});
afterEach(() => proxy.close());

function throughProxy(): S3Client {
  return createS3Client({ region: 'us-east-1', s3Endpoint: proxy.url });
}

async function bigStep() {
  const source = await newBucket(s3, 'source');
  const target = await newBucket(s3, 'target');
  await put(s3, source, 'big', body);
  return { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' } };
}

/** Checksums by part, as they were sent with the parts and as they were told at the end. */
function checksumsOf(answered: readonly Answered[]) {
  const sent = answered.flatMap(({ method, query, headers }) => {
    const part = query.get('partNumber');
    return method === 'PUT' && part !== null ? [[Number(part), headers['x-amz-checksum-crc32']] as const] : [];
  });
  const [end] = answered.filter(({ method, query }) => method === 'POST' && query.has('uploadId'));
  const told = [...(end?.body ?? '').matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => [
    Number(/<PartNumber>(.*?)</.exec(part)?.[1]),
    /<ChecksumCRC32>(.*?)</.exec(part)?.[1],
  ]);
  return { sent: sent.sort(([a], [b]) => a - b), told };
}

function beginnings(answered: readonly Answered[]) {
  return answered.filter(({ method, query }) => method === 'POST' && query.has('uploads'));
}

test('an upload is opened for checksums, every part has one, and the end names them all', async () => {
  const step = await bigStep();
  await runStep(throughProxy(), 's3.transform', step);
  const [begin] = beginnings(proxy.answered);
  expect(begin?.headers['x-amz-checksum-algorithm']).toBe('CRC32');
  const { sent, told } = checksumsOf(proxy.answered);
  expect(sent.length).toBeGreaterThan(2);
  expect(told).toEqual(sent);
  const first = Buffer.alloc(4);
  const partOne = proxy.answered.find(({ query }) => query.get('partNumber') === '1');
  first.writeUInt32BE(crc32(body.subarray(0, Number(partOne?.headers['content-length']))));
  expect(sent[0]).toEqual([1, first.toString('base64')]);
});

test('gone on with: the end also names the checksums of the parts of the attempt before', async () => {
  const step = await bigStep();
  await runStep(throughProxy(), 's3.transform', { ...step, target: { ...step.target, prefix: 'whole/' } });
  const { told: whole } = checksumsOf(proxy.answered);
  await failureOf(runStep(dyingS3('UploadPartCommand', 3), 's3.transform', step));
  proxy.answered.length = 0;
  await runStep(throughProxy(), 's3.transform', step);
  const { sent, told } = checksumsOf(proxy.answered);
  expect(beginnings(proxy.answered)).toEqual([]);
  expect(sent.length).toBeLessThan(whole.length);
  expect(told).toEqual(whole);
});

test('gone on with an upload that was opened for none: the end names none', async () => {
  const step = await bigStep();
  let parts = 0;
  const older = interposedS3(async ({ command, input, go }) => {
    if (command === 'CreateMultipartUploadCommand') {
      delete (input as CreateMultipartUploadCommandInput).ChecksumAlgorithm;
    }
    if (command === 'UploadPartCommand') parts += 1;
    if (parts >= 3) throw new Error('killed');
    return go();
  });
  await failureOf(runStep(older, 's3.transform', step));
  await runStep(throughProxy(), 's3.transform', step);
  expect(beginnings(proxy.answered)).toEqual([]);
  const { told } = checksumsOf(proxy.answered);
  expect(told.length).toBeGreaterThan(2);
  expect(told.every(([, checksum]) => checksum === undefined)).toBe(true);
  expect(sha256(await readObject(s3, step.target.bucket, 'big'))).toBe(sha256(body));
});
