// Memory of a real worker under the loads that could make it grow: very many keys, one very large object, and large objects at
// once; each plain and gzip. Target: less than 300 MB resident, at any time.
//   node bench/memory.mjs [--keys 100000] [--gib 5] [--large 6]
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createTemporalClient } from '../dist/src/clients/temporal.js';
import { searchAttributes } from '../dist/src/domain/temporal-names.js';
import { startS3, startWorkerProcess } from './s3-support.mjs';
import { option, startTemporal, temporalBinary } from './support.mjs';

const keys = option('keys', 100_000);
const gibibytes = option('gib', 5);
const large = option('large', 6);

const temporal = await startTemporal(await temporalBinary(), searchAttributes);
const s3 = await startS3();
const client = createTemporalClient({ connection: { address: temporal.address }, namespace: 'default' });
try {
  if (keys > 0) {
    await putMany();
    const source = { bucket: 'source', prefix: 'many/' };
    await measure(`${keys} keys one to one, plain`, { source, target: { bucket: 'target', prefix: 'many/' } });
    await measure(`${keys} keys one to one, gzip`, {
      source,
      target: { bucket: 'target', prefix: 'packed/' },
      compression: 'gzip',
    });
    await measure(`${keys} keys combined`, { source, target: { bucket: 'target', key: 'combined' } });
  }
  if (gibibytes > 0) {
    const blocks = variedBlocks();
    await putLarge('large', blocks, gibibytes * 1024);
    await putLarge('large.gz', blocks.map(gzipSync), gibibytes * 1024);
    for (const key of ['large', 'large.gz']) {
      const source = { bucket: 'source', keys: [key] };
      await measure(`${gibibytes} GiB in one object, ${key === 'large' ? 'plain' : 'gzip'}`, {
        source,
        target: { bucket: 'target', prefix: 'large/' },
        drop: 'nothing',
      });
    }
  }
  if (large > 0) {
    const blocks = variedBlocks();
    for (const [prefix, compression, pieces] of [
      ['plain/', 'none', blocks],
      ['packed/', 'gzip', blocks],
      ['again/', 'gzip', blocks.map(gzipSync)],
    ]) {
      for (let index = 0; index < large; index += 1) await putLarge(`${prefix}${index}`, pieces, 256);
      const source = { bucket: 'source', prefix };
      const title = `${large} objects of 256 MiB, ${compression}${prefix === 'again/' ? ' from gzip' : ''}`;
      await measure(title, { source, target: { bucket: 'target', prefix }, compression, drop: 'nothing' });
    }
  }
} finally {
  await client.connection.close();
  await s3.stop();
  await temporal.stop();
}

async function measure(title, step) {
  const worker = startWorkerProcess(temporal.address, s3.endpoint);
  try {
    const begin = performance.now();
    const handle = await client.workflow.start('pipeline', {
      taskQueue: 'bench',
      workflowId: title.replaceAll(/[ ,]+/g, '-'),
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
  } finally {
    await worker.stop();
  }
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

/** Blocks of 1 MiB of lines that gzip makes about a quarter of. */
function variedBlocks() {
  let line = 0;
  return Array.from({ length: 16 }, () => {
    let text = '';
    for (; text.length < 1024 ** 2; line += 1) {
      text += `{"line":${line},"hash":"${Math.imul(line, 2_654_435_761) >>> 0}","text":"some line of no great interest"}\n`;
    }
    return Buffer.from(text.slice(0, 1024 ** 2 - 1)).fill('\n', 1024 ** 2 - 1);
  });
}

/** Pieces, each of 1 MiB of content, over and over to the wanted size. */
async function putLarge(Key, pieces, mebibytes) {
  const Body = Readable.from(repeated(pieces, mebibytes)).pipe(new PassThrough());
  await new Upload({ client: s3.client, params: { Bucket: 'source', Key, Body }, partSize: 64e6 }).done();
}

function* repeated(pieces, count) {
  for (let index = 0; index < count; index += 1) yield pieces[index % pieces.length];
}
