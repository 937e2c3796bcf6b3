// Memory of a real worker under the two loads that could make it grow: very many keys, and one very large object. Target: less
// than 300 MB resident, at any time.
//   node bench/memory.mjs [--keys 100000] [--gb 5]
import { PassThrough, Readable } from 'node:stream';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { startS3, startWorkerProcess } from './s3-support.mjs';
import { option, startTemporal, temporalBinary } from './support.mjs';

const keys = option('keys', 100_000);
const gigabytes = option('gb', 5);

const temporal = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const client = createTemporalClient({ connection: { address: temporal.address }, namespace: 'default' });
try {
  if (keys > 0) {
    await putMany();
    const source = { bucket: 'source', prefix: 'many/' };
    await measure(`${keys} keys one to one`, {
      source,
      target: { bucket: 'target', prefix: 'many/' },
      compression: 'gzip',
    });
    await measure(`${keys} keys combined`, { source, target: { bucket: 'target', key: 'combined' } });
  }
  if (gigabytes > 0) {
    await putLarge();
    const source = { bucket: 'source', keys: ['large'] };
    await measure(`${gigabytes} GB in one object`, {
      source,
      target: { bucket: 'target', prefix: 'plain/' },
      drop: 'nothing',
    });
  }
} finally {
  await client.connection.close();
  await s3.stop();
  await temporal.stop();
}

async function measure(title, step) {
  const worker = startWorkerProcess(temporal.address, s3.endpoint);
  const begin = performance.now();
  const handle = await client.workflow.start('pipeline', {
    taskQueue: 'bench',
    workflowId: title.replaceAll(' ', '-'),
    args: [
      {
        scheduleId: 'bench',
        timezone: 'UTC',
        input: {},
        steps: [{ id: 'step', uses: 's3.transform', with: { ...step, manifest: 'manifest.ndjson' } }],
      },
    ],
  });
  await handle.result();
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${title}: ${worker.peakMegabytes().toFixed(0)} MB at most (target 300), ${seconds.toFixed(0)} s`);
  await worker.stop();
}

async function putMany() {
  for (let start = 0; start < keys; start += 64) {
    const group = Array.from({ length: Math.min(64, keys - start) }, (_, index) => {
      const Key = `many/${String(start + index).padStart(7, '0')}.txt`;
      return s3.client.send(new PutObjectCommand({ Bucket: 'source', Key, Body: Buffer.from(`${Key}\nline\n`) }));
    });
    await Promise.all(group);
  }
}

async function putLarge() {
  const block = Buffer.from(`${'some line of no great interest '.repeat(3)}\n`.repeat(11_000));
  const count = Math.ceil((gigabytes * 1e9) / block.length);
  const Body = Readable.from(repeat(block, count)).pipe(new PassThrough());
  await new Upload({ client: s3.client, params: { Bucket: 'source', Key: 'large', Body }, partSize: 64e6 }).done();
}

function* repeat(block, count) {
  for (let index = 0; index < count; index += 1) yield block;
}
